// A small plot. What it shows is said in words beside it too.
import { html, useEffect, useRef } from "/console/lib/dom.js";

let uplot;
// Loaded when the first plot is seen, with its style.
function load() {
  if (!uplot) {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "/console/vendor/uplot.css";
    document.head.append(style);
    uplot = import("/console/vendor/uplot.js").then((module) => module.default);
  }
  return uplot;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function Plot({ times, series, label, isBars }) {
  const box = useRef(null);
  const plot = useRef(null);
  const key = series.map(([, name]) => name).join();
  useEffect(() => {
    let over = false;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const draw = async () => {
      const UPlot = await load();
      if (over || !box.current) return;
      plot.current?.destroy();
      plot.current = new UPlot({
        width: box.current.clientWidth, height: 72, padding: [4, 0, 0, 0],
        legend: { show: false }, cursor: { show: false }, select: { show: false },
        scales: { x: { time: false, range: (_, first, last) => [first, last + (last - first) / 89] }, y: { range: (_, __, most) => [0, Math.max(1, most || 1) * 1.1] } },
        axes: [{ show: false }, { show: true, size: 0, ticks: { show: false }, values: () => [], grid: { stroke: colour("line"), width: 1 }, splits: (_, __, ___, most) => [0, most / 2, most] }],
        series: [{}, ...series.map(([, name]) => (isBars
          ? { stroke: colour(name), fill: colour(name), width: 0, paths: UPlot.paths.bars({ size: [0.8, 12, 2], align: 1 }), points: { show: false } }
          : { stroke: colour(name), width: 1.5, points: { show: true, size: 3, width: 0, fill: colour(name) }, spanGaps: false }))],
      }, [times, ...series.map(([values]) => values)], box.current);
    };
    draw();
    dark.addEventListener("change", draw);
    const watch = new ResizeObserver(() => plot.current?.setSize({ width: box.current.clientWidth, height: 72 }));
    watch.observe(box.current);
    return () => {
      over = true;
      dark.removeEventListener("change", draw);
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [key]);
  useEffect(() => {
    plot.current?.setData([times, ...series.map(([values]) => values)]);
  });
  return html`<div class="plot" ref=${box} role="img" aria-label=${label}></div>`;
}
