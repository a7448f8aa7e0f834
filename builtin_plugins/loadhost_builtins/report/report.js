// The report: its charts over time, the distribution of one name at a time, a small one in each row.
for (const data of pageData.charts) {
  const place = document.getElementById(`chart-${data.id}`);
  if (place) new TimeChart(place, data);
}

const chosen = document.getElementById("distribution-of"), place = document.getElementById("chart-distribution");
const colours = ["blue", "amber", "violet"];
const dataOf = ({ name, edges, counts, lines }) => ({
  title: "Distribution of response times", unit: "ms", edges,
  series: [{ name, counts, color: "blue" }],
  lines: lines.map((line, index) => ({ ...line, color: colours[index] })),
});
const distribution = new Distribution(place, dataOf(pageData.distributions[0]));

pageData.distributions.forEach(({ name }, index) => chosen.add(new Option(name, String(index))));
chosen.closest("[hidden]").hidden = false;
chosen.addEventListener("change", () => distribution.update(dataOf(pageData.distributions[Number(chosen.value)])));

for (const button of document.querySelectorAll("button[data-distribution]")) {
  button.addEventListener("click", () => {
    chosen.value = button.dataset.distribution;
    chosen.dispatchEvent(new Event("change"));
    place.scrollIntoView({ block: "center" });
    place.querySelector(".chart-plot").focus({ preventScroll: true });
  });
}

// One axis for all rows, so that they can be compared.
const whole = pageData.distributions[0].edges;
const drawSparks = () => {
  const canvases = [...document.querySelectorAll("canvas[data-spark]")];
  const { clientWidth: width, clientHeight: height } = canvases[0], color = getComputedStyle(canvases[0]).color;
  for (const canvas of canvases) {
    const { edges, counts } = pageData.distributions[Number(canvas.dataset.spark)];
    if (edges.length) spark(canvas, edges, counts, whole[0], whole[whole.length - 1], { width, height, color });
  }
};
drawSparks();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSparks);
addEventListener("beforeprint", drawSparks);
