"""`stockbridge init` for a Shopify shop: its domain, two forms of credentials, and locations."""

from bridge.cli.setup.draft import Draft
from bridge.config import parse
from connectors.shopify.options import Options
from connectors.shopify.sandbox import TOKEN as KEY
from connectors.shopify.sandbox.local import LocalStore
from tests.cli.answers import FILE, answer, loaded, plain
from tests.cli.conftest import CommandLine
from tests.harness.served import TOKEN


def test_a_refused_key_is_named_and_may_be_corrected(fresh: CommandLine) -> None:
    url, shop = fresh.source_url, "acme.myshopify.com"
    said = answer(fresh, url, "", "3pl_wrong", "", "", TOKEN, "shopify", "", "acme", shop, "shpat_no", "", KEY, "", "0")
    assert said.code == 0, said
    assert "refused the token (401)" in said.err
    assert "write the permanent domain" in said.err
    assert "does not accept the access token" in said.err
    assert "3pl_wrong" not in said.everything
    assert "shpat_no" not in said.everything


def test_other_credentials_are_asked_for_when_one_is_left_out(fresh: CommandLine, main: LocalStore) -> None:
    main.sandbox.tokens.install("an-id", KEY, main.sandbox.app.scopes)
    given = (*plain(fresh)[:6], "", "an-id", KEY, "0")
    said = answer(fresh, *given)
    assert said.code == 0, said
    assert 'client_id     = "an-id"' in FILE.read_text()
    assert 'client_secret = "${SHOPIFY_CLIENT_SECRET}"' in FILE.read_text()


def test_a_key_left_out_by_mistake_is_asked_for_again(fresh: CommandLine) -> None:
    said = answer(fresh, *plain(fresh)[:6], "", "", KEY, "0")
    assert said.code == 0, said
    assert "client_id; Enter goes back to access_token" in said.out
    assert "give either access_token, or client_id and client_secret together" in said.err
    options = loaded(fresh).stores["main"].options
    assert isinstance(options, Options)
    assert options.access_token
    assert options.access_token.get_secret_value() == KEY
    given = (*plain(fresh)[:6], "", "an-id", "", KEY, "0")
    assert answer(fresh, *given, options=("--force",)).code == 0
    assert "client_id" not in FILE.read_text().partition("# client_id")[0]
    options = loaded(fresh).stores["main"].options
    assert isinstance(options, Options)
    assert options.client_id is None


def test_another_form_of_credentials_may_follow_a_refused_one(fresh: CommandLine, main: LocalStore) -> None:
    main.sandbox.tokens.install("an-id", KEY, main.sandbox.app.scopes)
    said = answer(fresh, *plain(fresh)[:6], "shpat_no", "", "-", "", "an-id", KEY, "0")
    assert said.code == 0, said
    assert "access_token (not shown; Enter keeps the one there is, - leaves it out)" in said.out
    assert 'client_id     = "an-id"' in FILE.read_text()


def test_several_locations_are_joined_to_warehouses(fresh: CommandLine, main: LocalStore) -> None:
    floor = main.shop.add_location("Shop floor")
    fresh.warehouse.warehouses = {"1": "Shop floor", "7": "Warehouse"}
    fresh.warehouse.add("C", {"1": 3, "7": 4})
    said = answer(fresh, *plain(fresh)[:-1], "", "", "0")
    assert said.code == 0, said
    assert "warehouse 7 (Warehouse), 4 units" in said.out
    first = next(iter(main.shop.locations))
    assert loaded(fresh).stores["main"].rules.locations == {"1": floor.id, "7": first}
    assert "Shop floor → Shop floor; Warehouse → Warehouse" in FILE.read_text()


def test_a_foreign_name_stays_inside_its_comment() -> None:
    draft = Draft(connector="shopify", options={"shop": "acme.myshopify.com", "access_token": "${KEY}"})
    draft.locations, draft.places = {"1": "gid://shopify/Location/1"}, {"1": 'x"\n[source]\r\x7f'}
    assert parse(draft.text(), {"THREEPLGUYS_TOKEN": TOKEN, "KEY": KEY}).stores["main"].rules.buffer == 0
