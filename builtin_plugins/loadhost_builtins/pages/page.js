// What all pages do: their data, and tables that can be sorted and filtered.
const pageData = JSON.parse(document.getElementById("page-data").textContent);

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("plain")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numeric = head.classList.contains("number");
      const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : numeric;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const order = (one, other) => (numeric ? Number(key(one)) - Number(key(other)) : key(one).localeCompare(key(other)));
      const rows = [...table.tBodies[0].rows].sort((one, other) => (down ? -order(one, other) : order(one, other)));
      table.tBodies[0].append(...rows);
    });
  });
}

for (const input of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(input.dataset.filters), said = document.getElementById(`${input.id}-said`);
  input.closest("[hidden]")?.removeAttribute("hidden");
  input.addEventListener("input", () => {
    const word = input.value.toLowerCase();
    let left = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(word);
      left += row.hidden ? 0 : 1;
    }
    said.textContent = word ? `${left} shown` : "";
  });
}
