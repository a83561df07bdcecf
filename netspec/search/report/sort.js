for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const by = (row, at) => row.cells[at].dataset.by;
  heads.forEach((head, at) => {
    if (!head.textContent) return;
    const button = document.createElement("button");
    button.textContent = head.textContent;
    button.title = "sort by " + head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const rows = [...body.rows];
      const numbers = rows.every((row) => by(row, at) === "" || !isNaN(by(row, at)));
      const compare = numbers ? (a, b) => a - b : (a, b) => a.localeCompare(b);
      rows.sort((one, other) => {
        const [a, b] = [by(one, at), by(other, at)];
        if (a === "" || b === "") return (a === "") - (b === "");
        return (down ? -1 : 1) * compare(a, b);
      });
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...rows);
    });
  });
}
