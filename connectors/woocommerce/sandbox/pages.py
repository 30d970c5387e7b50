"""What a shop sends instead of JSON: pages of WordPress and of nginx, cut down to what matters."""

from connectors.testing.http import Response
from connectors.woocommerce.sandbox.http import JSON, NO_CACHE, as_html, as_json

NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)
DIES = (
    "<!DOCTYPE html>\n<html dir='ltr'>\n<head>\n\t<title>{0}</title>\n</head>\n<body id=\"error-page\">\n"
    '\t<div class="wp-die-message">{1}</div></body>\n</html>\n\t'
)
HOME = (
    '<!DOCTYPE html>\n<html lang="en-US">\n<head>\n\t<meta charset="UTF-8" />\n<title>{0}</title>\n'
    "</head>\n<body><h1>{0}</h1></body>\n</html>\n"
)
WARNING = "<br />\n<b>Warning</b>:  some notice in <b>x.php</b> on line <b>1</b><br />\n"
CRITICAL = "<p>There has been a critical error on this website.</p>"


def nginx(status: int, title: str) -> Response:
    return Response(status, {"Content-Type": "text/html"}, NGINX.format(f"{status} {title}").encode())


def bad_gateway() -> Response:
    return nginx(502, "Bad Gateway")


def too_long() -> Response:
    return nginx(414, "Request-URI Too Large")


def maintenance() -> Response:
    """WordPress updating itself."""
    text = "Briefly unavailable for scheduled maintenance. Check back in a minute."
    return as_html(503, DIES.format("Maintenance", text), **{"Retry-After": "600"})


def database_down() -> Response:
    return as_html(500, DIES.format("Database Error", "<h1>Error establishing a database connection</h1>"))


def home(name: str) -> Response:
    return as_html(200, HOME.format(name))


def redirect(location: str) -> Response:
    return as_html(301, "", Location=location)


def fatal() -> Response:
    """A PHP fatal inside a REST call is JSON, and may hold paths of the server."""
    text = "Uncaught Error: Call to undefined function of_a_plugin() in /srv/shop/wp-content/mu-plugins/faulty.php:9"
    error = {"type": 1, "message": text, "file": "/srv/shop/wp-content/mu-plugins/faulty.php", "line": 9}
    data = {"status": 500, "error": error}
    code = {"code": "internal_server_error", "message": CRITICAL, "data": data, "additional_errors": []}
    return as_json(500, code, **{"Cache-Control": NO_CACHE})


def with_warning(answer: Response) -> Response:
    return Response(answer.status, {**answer.headers, "Content-Type": JSON}, WARNING.encode() + answer.body)
