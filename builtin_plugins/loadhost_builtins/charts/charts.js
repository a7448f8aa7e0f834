// Charts on canvas: time series and distributions, read by mouse, touch, keyboard and screen reader.
//
// new TimeChart(element, data)     data: {title, unit, times: [s since the start], start: epoch s (for the clock), end: s,
//     series: [{name, values: [number or null], color, kind: "line" | "area" | "bars" | "step", dash, unit}],
//     limits: [{value, label, broken}], marks: [{time, label, strong}], group, scale: "linear" | "log"}
// new Distribution(element, data)  data: {title, unit, edges: [n + 1 bounds], noun,
//     series: [{name, counts: [n], color}], lines: [{value, label, color}]}
// Both: .update(data) replaces the data, .destroy() lets go. null is a gap. Charts of one `group` share their cursor.
// spark(canvas, edges, counts, low, high, {width, height, color}): a small one on a logarithmic axis from low to high.
// The size is given, not asked for: with hundreds of rows each question would lay the page out anew.
// Units: "ms", "per_s", "ratio", "bytes" or any text. Colours are names of custom properties: "blue" is --chart-blue.

const FONT = "11px system-ui, sans-serif";
const groups = new Map();
const all = new Set();

for (const query of ["(prefers-color-scheme: dark)", "print"]) {
  matchMedia(query).addEventListener("change", () => all.forEach((chart) => chart.draw()));
}
addEventListener("beforeprint", () => all.forEach((chart) => chart.draw()));

export function format(value, unit = "") {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const fixed = (number, digits) => number.toLocaleString("en", { maximumFractionDigits: digits });
  if (unit === "ms") {
    if (size >= 10000) return `${fixed(value / 1000, 1)} s`;
    return `${fixed(value, size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0)} ms`;
  }
  if (unit === "ratio") return `${fixed(100 * value, size && size < 0.01 ? 2 : 1)} %`;
  if (unit === "bytes") {
    const step = size >= 1e9 ? 3 : size >= 1e6 ? 2 : size >= 1e3 ? 1 : 0;
    return `${fixed(value / 1000 ** step, step ? 1 : 0)} ${["B", "kB", "MB", "GB"][step]}`;
  }
  const text = fixed(value, size < 10 ? 2 : size < 100 ? 1 : 0);
  return unit === "per_s" ? `${text}/s` : unit ? `${text} ${unit}` : text;
}

export function clock(seconds) {
  const whole = Math.max(Math.floor(seconds), 0), pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

function make(tag, className, text, parent) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function niceStep(span, count) {
  const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough * 0.999) ?? 10);
}

function timeStep(span, count) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  return steps.find((step) => span / step <= count) ?? Math.ceil(span / count / 86400) * 86400;
}

function logTicks(low, high) {
  const ticks = [];
  const wide = high / low > 2000;
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const step of wide ? [1] : [1, 2, 5]) if (step * power >= low * 0.999 && step * power <= high * 1.001) ticks.push(step * power);
  }
  if (ticks.length > 1) return ticks;
  const step = niceStep(high - low || low, 4), between = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high * 1.001; tick += step) between.push(tick);
  return between;
}

// What both kinds of charts share: the frame, the canvas, the cursor with its read-out, the table.
class Chart {
  constructor(element, data) {
    this.element = element;
    this.index = null;
    this.hidden = new Set();
    element.classList.add("chart");
    element.replaceChildren();
    const head = make("div", "chart-head", undefined, element);
    this.title = make("h3", "chart-title", "", head);
    this.legend = make("div", "chart-legend", undefined, head);
    this.plot = make("div", "chart-plot", undefined, element);
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "slider");
    this.plot.setAttribute("aria-valuemin", "0");
    this.canvas = make("canvas", "", undefined, this.plot);
    this.canvas.setAttribute("aria-hidden", "true");
    this.readout = make("div", "chart-readout", undefined, this.plot);
    this.readout.hidden = true;
    this.readout.setAttribute("aria-hidden", "true");
    this.details = make("details", "chart-table", undefined, element);
    make("summary", "", "As a table", this.details);
    this.details.addEventListener("toggle", () => this.fillTable());
    this.plot.addEventListener("pointermove", (event) => this.pointTo(event));
    this.plot.addEventListener("pointerdown", (event) => this.pointTo(event));
    this.plot.addEventListener("pointerleave", () => this.moveTo(null));
    this.plot.addEventListener("blur", () => this.moveTo(null));
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.plot);
    all.add(this);
    this.update(data);
  }

  update(data) {
    if (this.data?.group !== data.group) {
      groups.get(this.data?.group)?.delete(this);
      if (data.group) groups.set(data.group, (groups.get(data.group) ?? new Set()).add(this));
    }
    this.data = data;
    if (this.index !== null && this.index >= this.length) this.index = null;
    this.title.textContent = data.title;
    this.plot.setAttribute("aria-label", `${data.title}: arrow keys read it out, a table follows`);
    this.plot.setAttribute("aria-valuemax", String(Math.max(this.length - 1, 0)));
    this.describe();
    this.fillLegend();
    this.fillTable();
    this.draw();
  }

  destroy() {
    this.observer.disconnect();
    all.delete(this);
    groups.get(this.data.group)?.delete(this);
    this.element.replaceChildren();
  }

  color(name) {
    this.colors[name] ??= getComputedStyle(this.element).getPropertyValue(`--chart-${name}`).trim() || "#888";
    return this.colors[name];
  }

  fillLegend() {
    this.legend.replaceChildren();
    if (this.data.series.length < 2 && this.data.series[0]?.name === this.data.title) return;
    for (const series of this.data.series) {
      const button = make("button", "", undefined, this.legend);
      button.type = "button";
      button.setAttribute("aria-pressed", String(!this.hidden.has(series.name)));
      make("i", series.dash ? "chart-dash" : "", undefined, button).style.setProperty("--c", `var(--chart-${series.color})`);
      button.append(series.name);
      button.addEventListener("click", () => {
        this.hidden.has(series.name) ? this.hidden.delete(series.name) : this.hidden.add(series.name);
        button.setAttribute("aria-pressed", String(!this.hidden.has(series.name)));
        this.draw();
      });
    }
  }

  get shown() {
    return this.data.series.filter((series) => !this.hidden.has(series.name));
  }

  fillTable() {
    this.details.querySelector(".chart-rows")?.remove();
    if (!this.details.open) return;
    const table = make("table", "", undefined, make("div", "chart-rows", undefined, this.details));
    const [head, ...rows] = this.rows();
    const line = make("tr", "", undefined, make("thead", "", undefined, table));
    for (const text of head) make("th", "", text, line).scope = "col";
    const body = make("tbody", "", undefined, table);
    for (const row of rows) {
      const tr = make("tr", "", undefined, body);
      row.forEach((text, column) => (make(column ? "td" : "th", "", text, tr).scope = column ? "" : "row"));
    }
  }

  key(event) {
    const page = Math.max(Math.round(this.length / 10), 1), last = this.length - 1;
    const to = {
      ArrowRight: (this.index ?? -1) + 1, ArrowUp: (this.index ?? -1) + 1, ArrowLeft: (this.index ?? this.length) - 1,
      ArrowDown: (this.index ?? this.length) - 1, PageUp: (this.index ?? 0) + page, PageDown: (this.index ?? 0) - page,
      Home: 0, End: last, Escape: null,
    }[event.key];
    if (to === undefined || !this.length) return;
    event.preventDefault();
    this.moveTo(to === null ? null : Math.min(Math.max(to, 0), last));
  }

  pointTo(event) {
    if (!this.length || !this.box) return;
    const x = event.clientX - this.plot.getBoundingClientRect().left;
    this.moveTo(this.indexAt(x));
  }

  moveTo(index) {
    this.index = index;
    if (index !== null) {
      this.plot.setAttribute("aria-valuenow", String(index));
      this.plot.setAttribute("aria-valuetext", this.lines(index).map((line) => line.text).join(", "));
    }
    this.draw();
    for (const other of groups.get(this.data.group) ?? []) if (other !== this) other.follow(index === null ? null : this.data.times?.[index]);
  }

  follow() {}

  // The read-out beside the cursor: rows of {text, color}, the first one is the headline.
  showReadout(own) {
    this.readout.hidden = !own || this.index === null;
    if (this.readout.hidden) return;
    this.readout.replaceChildren();
    for (const line of this.lines(this.index)) {
      const row = make("div", line.color ? "" : "chart-note", undefined, this.readout);
      if (line.color) make("i", "", undefined, row).style.setProperty("--c", `var(--chart-${line.color})`);
      make("span", "", line.label ?? line.text, row);
      if (line.value !== undefined) make("b", "", line.value, row);
    }
    const x = this.x(this.index), width = this.readout.offsetWidth;
    const left = x + 12 + width > this.width ? Math.max(x - width - 12, 0) : x + 12;
    this.readout.style.transform = `translate(${left}px, 8px)`;
  }

  // Prepares canvas and margins; false if there is no room to draw in.
  prepare(labels) {
    this.width = this.plot.clientWidth;
    this.height = this.plot.clientHeight;
    if (!this.width || !this.height) return false;
    const ratio = devicePixelRatio || 1, context = (this.context = this.canvas.getContext("2d"));
    if (this.canvas.width !== Math.round(this.width * ratio) || this.canvas.height !== Math.round(this.height * ratio)) {
      this.canvas.width = Math.round(this.width * ratio);
      this.canvas.height = Math.round(this.height * ratio);
    }
    this.colors = {}; // asked for once per drawing: a thousand marks would ask a thousand times
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = FONT;
    context.lineJoin = "round";
    const left = Math.ceil(Math.max(...labels.map((text) => context.measureText(text).width), 12)) + 10;
    this.box = { left, right: this.width - 10, top: 14, bottom: this.height - 22 };
    return this.box.right > this.box.left + 20;
  }

  horizontal(y, text) {
    const { context, box } = this;
    context.strokeStyle = this.color("grid");
    context.lineWidth = 1;
    this.stroke([[box.left, Math.round(y) + 0.5], [box.right, Math.round(y) + 0.5]]);
    context.fillStyle = this.color("ink");
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(text, box.left - 6, y);
  }

  tick(x, text) {
    const { context, box } = this;
    context.fillStyle = this.color("ink");
    context.textBaseline = "top";
    const half = context.measureText(text).width / 2;
    context.textAlign = "center";
    context.fillText(text, Math.min(Math.max(x, half), this.width - half), box.bottom + 7);
  }

  stroke(points, dash) {
    const { context } = this;
    context.setLineDash(dash ?? []);
    context.beginPath();
    points.forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    context.setLineDash([]);
  }

  nothing() {
    if (!this.prepare([""])) return;
    this.context.fillStyle = this.color("ink");
    this.context.textAlign = "center";
    this.context.textBaseline = "middle";
    this.context.fillText("Nothing was measured", this.width / 2, this.height / 2);
  }
}

export class TimeChart extends Chart {
  get length() {
    return this.data.times.length;
  }

  describe() {
    this.marksOf = new Map();
    for (const mark of this.length ? this.data.marks ?? [] : []) {
      const index = this.nearest(mark.time);
      this.marksOf.set(index, [...(this.marksOf.get(index) ?? []), mark]);
    }
    const parts = this.data.series.map(({ name, values, unit }) => {
      const known = values.filter((value) => value !== null), as = (value) => format(value, unit ?? this.data.unit);
      return known.length ? `${name} from ${as(Math.min(...known))} to ${as(Math.max(...known))}` : `${name} not measured`;
    });
    this.plot.setAttribute("aria-valuetext", `${this.length} points; ${parts.join("; ")}`);
  }

  fillLegend() {
    super.fillLegend();
    if (!this.data.scale) return;
    const button = make("button", "chart-scale", "log", this.legend);
    button.type = "button";
    button.title = "Logarithmic axis";
    button.setAttribute("aria-pressed", String(this.data.scale === "log"));
    button.addEventListener("click", () => this.update({ ...this.data, scale: this.data.scale === "log" ? "linear" : "log" }));
  }

  follow(time) {
    this.index = time === null || time === undefined ? null : this.nearest(time);
    this.draw(false);
  }

  nearest(time) {
    let [low, high] = [0, this.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      this.data.times[middle] < time ? (low = middle) : (high = middle);
    }
    return Math.abs(this.data.times[low] - time) <= Math.abs(this.data.times[high] - time) ? low : high;
  }

  indexAt(x) {
    return this.nearest(this.from + ((x - this.box.left) / (this.box.right - this.box.left)) * (this.to - this.from));
  }

  x(index) {
    return this.xOf(this.data.times[index]);
  }

  xOf(time) {
    return this.box.left + ((time - this.from) / (this.to - this.from)) * (this.box.right - this.box.left);
  }

  y(value) {
    const share = this.log ? Math.log(Math.max(value, this.low) / this.low) / Math.log(this.high / this.low) : value / this.high;
    return this.box.bottom - share * (this.box.bottom - this.box.top);
  }

  marksAt(index) {
    return this.marksOf.get(index) ?? [];
  }

  lines(index) {
    const { times, start, unit } = this.data;
    const at = clock(times[index]) + (start ? ` · ${new Date((start + times[index]) * 1000).toLocaleTimeString()}` : "");
    const lines = [{ text: at }];
    for (const series of this.shown) {
      const value = format(series.values[index], series.unit ?? unit);
      lines.push({ text: `${series.name} ${value}`, label: series.name, value, color: series.color });
    }
    const marks = this.marksAt(index);
    for (const mark of marks.slice(0, 4)) lines.push({ text: mark.label });
    if (marks.length > 4) lines.push({ text: `and ${marks.length - 4} more` });
    return lines;
  }

  rows() {
    const { times, series, unit } = this.data;
    const head = ["Time", ...series.map(({ name }) => name), "What happened"];
    return [head, ...times.map((time, index) => [
      clock(time), ...series.map((each) => format(each.values[index], each.unit ?? unit)),
      this.marksAt(index).map((mark) => mark.label).join("; "),
    ])];
  }

  range() {
    let [low, high] = [Infinity, 0];
    for (const { values } of this.shown) {
      for (const value of values) {
        if (value === null) continue;
        if (value > high) high = value;
        if (value > 0 && value < low) low = value;
      }
    }
    for (const { value } of this.data.limits ?? []) if (value <= 2.5 * high) high = Math.max(high, value * 1.05);
    this.log = this.data.scale === "log" && low < Infinity;
    if (this.log) {
      [this.low, this.high] = [low * 0.9, Math.max(high * 1.1, low * 2)];
      return logTicks(this.low, this.high);
    }
    const step = niceStep(high || 1, 4);
    this.high = Math.max(Math.ceil((high || 1) / step - 0.001), 1) * step;
    return Array.from({ length: Math.round(this.high / step) + 1 }, (_, place) => place * step);
  }

  draw(own = true) {
    const { times, unit, marks = [], limits = [] } = this.data;
    if (!times.length) return this.nothing();
    const ticks = this.range(), labels = ticks.map((tick) => format(tick, unit));
    if (!this.prepare(labels)) return;
    this.from = Math.min(0, times[0]);
    this.to = Math.max(times[times.length - 1], this.data.end ?? 0, this.from + 1);
    ticks.forEach((tick, place) => this.horizontal(this.y(tick), labels[place]));
    const step = timeStep(this.to - this.from, Math.max((this.box.right - this.box.left) / 70, 1));
    for (let time = 0; time <= this.to; time += step) this.tick(this.xOf(time), clock(time));
    for (const mark of marks) this.drawMark(mark, marks.length <= 40);
    // Areas first; of lines the first one, the median mostly, lies on top.
    const layer = { area: 0, step: 0, bars: 1 };
    for (const series of [...this.shown].reverse().sort((a, b) => (layer[a.kind] ?? 2) - (layer[b.kind] ?? 2))) this.drawSeries(series);
    for (const limit of limits) this.drawLimit(limit);
    if (this.index !== null) this.drawCursor();
    this.showReadout(own);
  }

  // A line and a flag; of a great many only the flags, or nothing else would be seen.
  drawMark({ time, strong }, line) {
    if (time < this.from || time > this.to) return;
    const { context, box } = this, x = Math.round(this.xOf(time)) + 0.5;
    context.strokeStyle = context.fillStyle = this.color(strong ? "mark" : "axis");
    context.lineWidth = 1;
    if (line) this.stroke([[x, box.top - 6], [x, box.bottom]], strong ? [] : [2, 3]);
    context.beginPath();
    context.moveTo(x - 4, box.top - 12);
    context.lineTo(x + 4, box.top - 12);
    context.lineTo(x, box.top - 5);
    context.fill();
  }

  drawSeries({ values, color, kind = "line", dash }) {
    const { context, box } = this, paint = this.color(color);
    context.strokeStyle = context.fillStyle = paint;
    context.lineWidth = values.length > box.right - box.left ? 1 : 1.75;
    if (kind === "bars") {
      const wide = Math.min(Math.max(((box.right - box.left) / values.length) * 0.7, 1.5), 14);
      values.forEach((value, index) => {
        if (!value) return;
        const left = Math.max(this.x(index) - wide / 2, box.left), right = Math.min(this.x(index) + wide / 2, box.right);
        context.fillRect(left, this.y(value), right - left, Math.max(box.bottom - this.y(value), 1.5));
      });
      return;
    }
    for (const run of this.stretches(values)) {
      const points = run.map((index) => [this.x(index), this.y(values[index])]);
      const path = kind === "step" ? points.flatMap(([x, y], place) => (place ? [[x, points[place - 1][1]], [x, y]] : [[x, y]])) : points;
      if (kind !== "line") this.fillBelow(path, paint);
      if (points.length > 1) this.stroke(path, dash ? [5, 4] : []);
      else this.dot(...points[0], 2);
    }
  }

  stretches(values) {
    const runs = [];
    values.forEach((value, index) => {
      if (value === null) return;
      if (index && values[index - 1] !== null) runs[runs.length - 1].push(index);
      else runs.push([index]);
    });
    return runs;
  }

  fillBelow(path, paint) {
    const { context, box } = this, fill = context.createLinearGradient(0, box.top, 0, box.bottom);
    fill.addColorStop(0, `color-mix(in srgb, ${paint} 32%, transparent)`);
    fill.addColorStop(1, `color-mix(in srgb, ${paint} 4%, transparent)`);
    context.fillStyle = fill;
    context.beginPath();
    context.moveTo(path[0][0], box.bottom);
    for (const [x, y] of path) context.lineTo(x, y);
    context.lineTo(path[path.length - 1][0], box.bottom);
    context.fill();
    context.fillStyle = paint;
  }

  drawLimit({ value, label, broken }) {
    const { context, box } = this, inside = value <= this.high && !(this.log && value < this.low);
    const y = inside ? Math.round(this.y(value)) + 0.5 : box.top;
    context.strokeStyle = context.fillStyle = this.color(broken ? "red" : "green");
    context.lineWidth = 1.25;
    if (inside) this.stroke([[box.left, y], [box.right, y]], [6, 4]);
    context.textAlign = "right";
    context.textBaseline = inside && y < box.top + 14 ? "top" : "bottom";
    const text = inside ? label : `↑ ${label}`, wide = context.measureText(text).width;
    const down = inside ? (y < box.top + 14 ? 3 : -3) : 14;
    context.save();
    context.globalAlpha = 0.85;
    context.fillStyle = this.color("surface");
    context.fillRect(box.right - wide - 6, y + down - (context.textBaseline === "bottom" ? 13 : 0), wide + 6, 13);
    context.restore();
    context.fillText(text, box.right - 2, y + down);
  }

  drawCursor() {
    const { context, box } = this, x = Math.round(this.x(this.index)) + 0.5;
    context.strokeStyle = this.color("axis");
    context.lineWidth = 1;
    this.stroke([[x, box.top - 6], [x, box.bottom]]);
    for (const { values, color, kind } of this.shown) {
      if (values[this.index] === null || kind === "bars") continue;
      context.fillStyle = this.color("surface");
      this.dot(x, this.y(values[this.index]), 4.5);
      context.fillStyle = this.color(color);
      this.dot(x, this.y(values[this.index]), 3);
    }
  }

  dot(x, y, radius) {
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.context.fill();
  }
}

export class Distribution extends Chart {
  get length() {
    return Math.max(this.data.edges.length - 1, 0);
  }

  total(series) {
    return series.counts.reduce((sum, count) => sum + count, 0) || 1;
  }

  describe() {
    const lines = (this.data.lines ?? []).map(({ label, value }) => `${label} ${format(value, this.data.unit)}`);
    this.plot.setAttribute("aria-valuetext", `${this.length} classes; ${lines.join(", ")}`);
  }

  x(index) {
    return (this.xOf(this.data.edges[index]) + this.xOf(this.data.edges[index + 1])) / 2;
  }

  xOf(value) {
    const { edges } = this.data, low = edges[0], high = edges[edges.length - 1];
    const share = Math.log(Math.max(value, low) / low) / Math.log(high / low || 1) || 0;
    return this.box.left + Math.min(share, 1) * (this.box.right - this.box.left);
  }

  indexAt(x) {
    let index = 0;
    while (index < this.length - 1 && this.xOf(this.data.edges[index + 1]) < x) index += 1;
    return index;
  }

  label(index) {
    const { edges, unit } = this.data;
    return `${format(edges[index], unit)} to ${format(edges[index + 1], unit)}`;
  }

  lines(index) {
    const lines = [{ text: this.label(index) }];
    for (const series of this.shown) {
      const count = series.counts[index], share = format(count / this.total(series), "ratio");
      const below = series.counts.slice(0, index + 1).reduce((sum, each) => sum + each, 0) / this.total(series);
      const value = `${format(count)} (${share})`;
      lines.push({ text: `${series.name} ${value}, up to here ${format(below, "ratio")}`, label: series.name, value, color: series.color });
      lines.push({ text: `${format(below, "ratio")} are as fast or faster` });
    }
    return lines;
  }

  rows() {
    const { series } = this.data;
    const head = ["From, to", ...series.flatMap(({ name }) => [name, "Share"])];
    return [head, ...Array.from({ length: this.length }, (_, index) => [
      this.label(index), ...series.flatMap((each) => [format(each.counts[index]), format(each.counts[index] / this.total(each), "ratio")]),
    ])];
  }

  draw(own = true) {
    const { edges, unit, lines = [] } = this.data;
    if (!this.length) return this.nothing();
    const shares = this.shown.map((series) => series.counts.map((count) => count / this.total(series)));
    const most = Math.max(...shares.flat(), 0.001), step = niceStep(most, 3);
    const high = Math.ceil(most / step - 0.001) * step, ticks = [];
    for (let tick = 0; tick <= high * 1.001; tick += step) ticks.push(tick);
    const labels = ticks.map((tick) => format(tick, "ratio"));
    if (!this.prepare(labels)) return;
    this.box.top = 14 + 13 * Math.min(lines.length, 3);
    const y = (share) => this.box.bottom - (share / high) * (this.box.bottom - this.box.top);
    ticks.forEach((tick, place) => this.horizontal(y(tick), labels[place]));
    this.drawTicks(logTicks(edges[0], edges[edges.length - 1]), unit);
    this.shown.forEach(({ color }, place) => this.drawBars(shares[place], this.color(color), y, place));
    lines.forEach((line, place) => this.drawLine(line, place % 3, unit));
    this.showReadout(own);
  }

  drawTicks(ticks, unit) {
    let free = -Infinity;
    for (const tick of ticks) {
      const text = format(tick, unit), half = this.context.measureText(text).width / 2, x = this.xOf(tick);
      if (x - half < free) continue;
      this.tick(x, text);
      free = x + half + 12;
    }
  }

  drawBars(shares, paint, y, place) {
    const { context, box } = this;
    shares.forEach((share, index) => {
      if (!share) return;
      const left = this.xOf(this.data.edges[index]), right = this.xOf(this.data.edges[index + 1]);
      const top = Math.min(y(share), box.bottom - 1.5), wide = Math.max(right - left - 1, 1);
      context.globalAlpha = this.index === index || this.index === null ? (place ? 0.55 : 0.9) : 0.45;
      context.fillStyle = paint;
      context.fillRect(left + 0.5, top, wide, box.bottom - top);
    });
    context.globalAlpha = 1;
  }

  drawLine({ value, label, color = "axis" }, row, unit) {
    const { context, box } = this, x = Math.round(this.xOf(value)) + 0.5, top = 12 + 13 * row;
    context.strokeStyle = context.fillStyle = this.color(color);
    context.lineWidth = 1.25;
    this.stroke([[x, top], [x, box.bottom]], [4, 3]);
    const text = `${label} ${format(value, unit)}`, wide = context.measureText(text).width;
    context.textBaseline = "middle";
    context.textAlign = x + wide + 6 > box.right ? "right" : "left";
    const from = context.textAlign === "left" ? x + 3 : x - wide - 5;
    context.fillStyle = this.color("surface");
    context.fillRect(from, top - 7, wide + 2, 13);
    context.fillStyle = this.color(color);
    context.fillText(text, x + (context.textAlign === "left" ? 4 : -4), top);
  }
}

export function spark(canvas, edges, counts, low, high, { width, height, color }) {
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d"), most = Math.max(...counts, 1), span = Math.log(high / low) || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = color;
  counts.forEach((count, index) => {
    if (!count) return;
    const left = (Math.log(edges[index] / low) / span) * width, right = (Math.log(edges[index + 1] / low) / span) * width;
    const tall = Math.max((count / most) * height, 1);
    context.fillRect(left, height - tall, Math.max(right - left, 1), tall);
  });
}
