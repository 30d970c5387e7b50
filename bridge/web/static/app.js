// Times in the reader's zone, and true while the page stands open. Everything else the server writes.
(() => {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

  let skew = 0; // milliseconds by which this machine's clock is ahead of the bridge's

  const ago = (at) => {
    const seconds = Math.floor((Date.now() - skew - at) / 1000);
    if (seconds < 1) return "just now";
    for (const [unit, size] of units) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}s ago`;
    return seconds === 1 ? "1 second ago" : `${seconds} seconds ago`;
  };

  const write = (root) => {
    for (const time of root.querySelectorAll("time[data-as]")) {
      const at = new Date(time.dateTime);
      const as = time.dataset.as;
      const words = as === "ago" ? ago(at) : (as === "clock" ? clock : moment).format(at);
      if (time.textContent !== words) time.textContent = words;
      time.title = exact.format(at);
    }
  };

  const away = (is) => {
    const said = document.getElementById("away");
    if (said) said.hidden = !is;
    document.body.classList.toggle("is-away", is);
  };

  const begin = () => {
    const asOf = document.querySelector(".asof time");
    if (asOf) skew = Date.now() - new Date(asOf.dateTime);
    write(document);
  };

  begin();
  setInterval(() => write(document), 1000);
  document.addEventListener("htmx:after:swap", begin);
  document.addEventListener("htmx:after:request", () => away(false));
  document.addEventListener("htmx:error", () => away(true));
  document.addEventListener("htmx:sse:error", () => away(true));
  document.addEventListener("htmx:sse:after:connection", () => away(false));
})();
