// One SKU over time: the warehouse's level, each shop's number, and what orders did meanwhile. The table beside it says
// the same. What others wrote is only ever text.
(() => {
  const place = document.querySelector("[data-series]");
  if (!place) return;
  const SHADES = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6"];
  const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
  const OFTEN = 5000; // milliseconds between two readings, at least
  let chart = null;
  let told = null;
  let read = 0;

  const shade = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const marks = (u) => {
    const { ctx } = u;
    ctx.save();
    for (const each of told.events) {
      const x = u.valToPos(each.at, "x", true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      const foot = u.bbox.top + u.bbox.height;
      const size = 5 * devicePixelRatio;
      ctx.strokeStyle = ctx.fillStyle = shade(each.kind === "shipment" ? "--line-2" : "--soft");
      ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.globalAlpha = 0.45;
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, foot);
      ctx.stroke();
      ctx.globalAlpha = 1;
      ctx.beginPath();
      if (each.kind === "shipment") ctx.rect(x - size, foot - 2 * size, 2 * size, 2 * size);
      else ctx.arc(x, foot - size, size, 0, 7);
      ctx.fill();
    }
    ctx.restore();
  };

  const options = () => {
    const axis = { stroke: shade("--soft"), grid: { stroke: shade("--line"), width: 1 }, ticks: { stroke: shade("--line") } };
    return {
      width: Math.max(240, place.clientWidth - 32),
      height: Math.max(200, Math.min(340, innerHeight * 0.42)),
      scales: { y: { range: (u, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 1) * 1.08)] } },
      axes: [axis, { ...axis, size: 54, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000, 1000000] }],
      series: [{}, ...told.lines.map((line, number) => ({
        label: line.name,
        stroke: shade(line.kind === "level" ? "--ink" : SHADES[number % SHADES.length]),
        width: line.kind === "level" ? 2.5 : 2,
        dash: DASHES[(number + (line.kind === "level" ? 0 : 1)) % DASHES.length],
        paths: uPlot.paths.stepped({ align: 1 }),
        points: { show: told.x.length < 60, size: 5 },
      }))],
      hooks: { draw: [marks] },
    };
  };

  const draw = () => {
    if (!told) return;
    if (chart) chart.destroy();
    chart = new uPlot(options(), [told.x, ...told.lines.map((line) => line.values)], place);
  };

  const look = async () => {
    if (Date.now() - read < OFTEN || document.hidden) return;
    read = Date.now();
    try {
      const answer = await fetch(place.dataset.series, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      told = await answer.json();
      draw();
    } catch {
      read = 0; // the server is away: the page says so, and the next look may find it
    }
  };

  look();
  document.addEventListener("htmx:after:swap", look);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let resized = 0;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(draw, 150); });
})();
