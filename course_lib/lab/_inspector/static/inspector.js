// The inspector in a browser: a diagram, a list, a tree and a grid of bytes, with one selection.
//
// The kernel has all state (_inspector/view.py); here it is drawn, and wishes are sent. Each part
// can be reached with Tab and worked with arrow keys. JupyterLab takes arrow keys before a page
// sees them, unless an element around the focus has `data-lm-suppress-shortcuts`.

const SVG = "http://www.w3.org/2000/svg";
let made = 0;

/** An element with attributes and children; attributes that are null or false are left out. */
function h(tag, attributes = {}, ...children) {
  const drawn = ["svg", "g", "line", "path", "rect", "text", "circle", "title"].includes(tag);
  const node = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Scroll inside `box` only: the notebook around it stays where it is. */
function reveal(box, node) {
  const outer = box.getBoundingClientRect();
  const inner = node.getBoundingClientRect();
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 4;
  if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 4;
}

/** A box whose end stays in sight while `follow`, unless the user has scrolled away.
 *
 * It also jumps when it gets its first size: JupyterLab shows a widget after it has been drawn. */
class End {
  constructor(box) {
    this.box = box;
    this.follow = this.away = false;
    box.addEventListener("scroll", () => {
      if (box.clientHeight) this.away = box.scrollTop + box.clientHeight < box.scrollHeight - 4;
    });
    this.sizes = new ResizeObserver(() => this.keep());
    this.sizes.observe(box);
  }

  keep() {
    if (this.follow && !this.away) this.box.scrollTop = this.box.scrollHeight;
  }
}

class Inspector {
  constructor(model, el) {
    this.model = model;
    this.id = `inspector-${++made}-${Math.random().toString(36).slice(2, 8)}`;
    this.wishes = 0;
    this.closed = new Set(); // ids of folded fields
    this.at = 0; // the byte that takes the focus
    this.build(el);
    const parts = { scene: "drawScene", messages: "drawList", detail: "drawDetail" };
    this.listeners = Object.entries(parts).map(([name, method]) => [
      `change:${name}`,
      () => (this[method](), this.mark()),
    ]);
    this.listeners.push(["change:chosen", () => this.mark()], ["change:bar", () => this.drawBar()]);
    for (const [event, listener] of this.listeners) model.on(event, listener);
    this.drawScene();
    this.drawList();
    this.drawDetail();
    this.drawBar();
    this.mark();
  }

  destroy() {
    for (const [event, listener] of this.listeners) this.model.off(event, listener);
    for (const end of this.ends) end.sizes.disconnect();
  }

  wish(what, value) {
    this.model.send({ do: what, what: value, view: this.id, wish: ++this.wishes });
  }

  // --- the frame

  build(el) {
    const part = (name, title, ...inside) =>
      h("section", { class: `ci-${name}` }, h("h4", { id: `${this.id}-${name}-h` }, title), ...inside);
    const named = (name) => ({ "aria-labelledby": `${this.id}-${name}-h` });
    this.bar = h("div", { class: "ci-bar" });
    this.picture = h("div", { class: "ci-scroll", tabindex: 0, role: "group", ...named("diagram") });
    this.legend = h("p", { class: "ci-legend" });
    this.list = h("ul", {
      class: "ci-scroll", role: "listbox", tabindex: 0, ...named("list"),
      onkeydown: (event) => this.keyInList(event),
    });
    this.tree = h("ul", {
      class: "ci-scroll", role: "tree", tabindex: 0, ...named("tree"),
      onkeydown: (event) => this.keyInTree(event),
    });
    this.grid = h("div", {
      class: "ci-scroll", role: "grid", ...named("bytes"),
      onkeydown: (event) => this.keyInGrid(event),
    });
    this.octets = h("div", {
      class: "ci-octets", role: "grid", ...named("bits"),
      onkeydown: (event) => this.keyInBits(event),
    });
    this.ends = [this.picture, this.list].map((box) => new End(box));
    this.bits = part("bits", "Bits", this.octets);
    this.bytesTitle = h("span", {});
    this.later = h("p", { class: "ci-note" }, "They come when you have chosen a byte and said what it is.");
    this.said = h("p", { class: "ci-said", role: "status", "aria-live": "polite" });
    this.ask = h("div", { class: "ci-ask", role: "group", "aria-label": "Your answer" });
    this.files = this.buildFiles();
    this.inner = h(
      "div", { class: "ci-inner" },
      h("div", { class: "ci-columns" },
        h("section", { class: "ci-meaning" },
          h("h4", { id: `${this.id}-said-h` }, "What it means"), this.said, this.ask, this.bits,
          part("bytes", "Bytes", h("p", { class: "ci-note" }, this.bytesTitle), this.grid)),
        part("tree", "Fields", this.later, this.tree)),
    );
    const root = h(
      "div",
      { class: "course-inspector", "data-lm-suppress-shortcuts": "true", role: "group",
        "aria-label": "Inspector" },
      this.bar,
      h("div", { class: "ci-columns" },
        part("diagram", "Diagram: time runs down", this.legend, this.picture),
        part("list", "Messages", this.list)),
      this.inner, this.files,
    );
    el.append(root);
    this.root = root;
  }

  buildFiles() {
    const name = h("input", { type: "text", value: "recording.json", id: `${this.id}-file` });
    const button = (text, what) =>
      h("button", { type: "button", onclick: () => this.wish(what, name.value) }, text);
    this.status = h("p", { class: "ci-note", role: "status", "aria-live": "polite" });
    return h(
      "details", { class: "ci-files" }, h("summary", {}, "Save, load, export"),
      h("label", { for: `${this.id}-file` }, "File (.json; to export .csv or .txt) "), name,
      button("Save", "save"), button("Load", "load"), button("Export", "export"), this.status,
    );
  }

  drawBar() {
    const bar = this.model.get("bar");
    const box = (text, what, on) =>
      h("label", {},
        h("input", { type: "checkbox", "data-what": what, ...(on ? { checked: "" } : {}),
          onchange: (event) => this.wish(what, event.target.checked) }), ` ${text}`);
    const page = (text, from, possible) =>
      // Not `disabled`: the last page must not take the focus away from whoever pressed it.
      h("button", { type: "button", "data-what": text, "aria-disabled": possible ? null : "true",
        onclick: () => possible && this.wish("from", from) }, text);
    const focused = this.bar.contains(document.activeElement)
      ? document.activeElement.dataset.what : null;
    const range = bar.total ? `Messages ${bar.first} to ${bar.last} of ${bar.total}` : "No messages yet";
    const missed = bar.missed ? `; ${bar.missed} events did not fit into the recording` : "";
    this.bar.replaceChildren(
      h("b", {}, bar.name || "Recording"), h("span", {}, `${range}${missed}`),
      ...(bar.total > bar.most
        ? [page("Earlier", Math.max(1, bar.first - bar.most), bar.first > 1),
           page("Later", bar.last + 1, bar.last < bar.total)] : []),
      ...(bar.live ? [box("Follow what is new", "follow", bar.follow)] : []),
      box("Ask me first what a byte is", "ask", bar.ask),
    );
    if (focused) this.bar.querySelector(`[data-what="${focused}"]`)?.focus();
    this.status.textContent = bar.status;
    for (const end of this.ends) {
      if (bar.follow && !end.follow) end.away = false;
      end.follow = bar.follow;
    }
    this.keepEnds();
  }

  keepEnds() {
    for (const end of this.ends) end.keep();
  }

  // --- the diagram

  drawScene() {
    const scene = this.model.get("scene");
    const svg = h("svg", {
      viewBox: `0 0 ${scene.width} ${scene.height}`, width: scene.width, height: scene.height,
      role: "img",
    });
    this.picture.hidden = !scene.lanes.length;
    for (const [y0, y1] of scene.folds)
      svg.append(h("rect", { class: "ci-fold", x: 0, y: y0 + 8, width: scene.width, height: y1 - y0 - 16 }));
    for (const tick of scene.ticks)
      svg.append(h("text", { class: "ci-tick", x: 70, y: tick.y, "text-anchor": "end" }, tick.text));
    for (const lane of scene.lanes) {
      svg.append(
        h("line", { class: "ci-lane", x1: lane.x, x2: lane.x, y1: 48, y2: scene.height - 4 }),
        ...lane.open.map(([y0, y1]) => h("line", { class: "ci-open", x1: lane.x, x2: lane.x, y1: y0, y2: y1 })),
        h("text", { class: "ci-title", x: lane.x, y: 18, "text-anchor": "middle" }, lane.title),
        h("text", { class: "ci-tick", x: lane.x, y: 34, "text-anchor": "middle" }, lane.address),
      );
    }
    for (const hold of scene.holds)
      svg.append(h("line", { class: "ci-hold", x1: hold.x, x2: hold.x, y1: hold.y0, y2: hold.y1 }));
    for (const arrow of scene.arrows) svg.append(this.arrow(arrow));
    for (const mark of scene.marks) svg.append(this.change(mark));
    svg.style.minWidth = `${0.8 * scene.width}px`; // below that it scrolls
    this.picture.replaceChildren(svg);
    this.keepEnds();
    this.svg = svg;
    const sample = (path, label) =>
      h("span", {}, h("svg", { width: 34, height: 12, "aria-hidden": "true" }, path), ` ${label} `);
    const line = (look) => h("path", { d: "M1,6 L33,6", ...look });
    const lost = scene.arrows.some((arrow) => arrow.fate === "lost");
    const changes = [...new Set(scene.marks.map((mark) => mark.what))];
    this.legend.replaceChildren(
      ...scene.layers.map((layer) =>
        sample(line({ class: "ci-line", style: `--c:${layer.color}`, "stroke-dasharray": layer.dash }), layer.name)),
      ...(scene.holds.length ? [sample(line({ class: "ci-hold" }), "held by the server")] : []),
      ...(lost ? [sample(h("path", { class: "ci-lost", d: "M12,1 l10,10 m0,-10 l-10,10" }), "never arrived")] : []),
      ...changes.map((what) => sample(this.change({ x: 17, y: 6, what }), `connection ${what}`)),
    );
  }

  arrow(a) {
    const angle = (Math.atan2(a.y1 - a.y0, a.x1 - a.x0) * 180) / Math.PI;
    const heads = { arrived: "M0,0 L-10,-4.5 L-10,4.5 Z", "not recorded": "M-9,-5 L0,0 L-9,5" };
    const way = `M${a.x0},${a.y0} L${a.x1},${a.y1}`;
    const { label, delay } = a;
    return h(
      "g", { class: "ci-arrow", "data-number": a.number, style: `--c:${a.color}`,
        onclick: () => this.wish("message", a.number) },
      h("path", { class: "ci-target", d: way }), h("path", { class: "ci-halo", d: way }),
      ...a.writes.map(([y0, y1, x]) => h("path", { class: "ci-write", d: `M${a.x0},${y0} L${x},${y1}` })),
      h("path", { class: "ci-line", d: way, "stroke-dasharray": a.dash }),
      heads[a.fate] ? h("path", { class: a.fate === "arrived" ? "ci-head" : "ci-line", d: heads[a.fate],
        transform: `translate(${a.x1},${a.y1}) rotate(${angle})` }) : null,
      a.fate === "lost" ? h("path", { class: "ci-lost", d: `M${a.x1 - 5},${a.y1 - 5} l10,10 m0,-10 l-10,10` }) : null,
      label && h("text", { class: "ci-label", x: label.x, y: label.y, "text-anchor": label.align }, label.text),
      delay && h("text", { class: "ci-tick", x: delay.x, y: delay.y, "text-anchor": delay.align }, delay.text),
    );
  }

  change({ x, y, what }) {
    const full = what === "broke" || what === "refused" ? "ci-full" : "ci-hollow";
    if (what === "opened") return h("circle", { class: "ci-hollow", cx: x, cy: y, r: 4 });
    const turn = what === "refused" ? `rotate(45 ${x} ${y})` : null;
    return h("rect", { class: full, x: x - 4, y: y - 4, width: 8, height: 8, transform: turn });
  }

  // --- the list of messages

  drawList() {
    const rows = this.model.get("messages").map((row) =>
      h("li", { role: "option", id: `${this.id}-m${row.number}`, "data-number": row.number,
          "aria-label": row.label, style: `--c:${row.color}`,
          onclick: () => (this.list.focus(), this.wish("message", row.number)) },
        h("span", { class: "ci-n" }, `${row.number}`),
        h("span", { class: "ci-way" }, row.way),
        h("span", { class: "ci-t" }, row.state === "whole" ? row.title : `(${row.state}) ${row.title}`),
        h("span", { class: "ci-n" }, `${row.size} B`),
        h("span", { class: "ci-n" }, row.delay || (row.fate === "not recorded" ? "" : row.fate))));
    this.list.replaceChildren(...rows);
    this.keepEnds();
  }

  keyInList(event) {
    const bar = this.model.get("bar");
    const now = this.message || (event.key === "ArrowUp" ? bar.last + 1 : bar.first - 1);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 1, End: bar.total,
      PageDown: now + 10, PageUp: now - 10 }[event.key];
    if (to === undefined || !bar.total) return;
    event.preventDefault();
    this.message = Math.min(Math.max(to, 1), bar.total);
    this.wish("message", this.message);
  }

  // --- the fields and the bytes

  drawDetail() {
    const detail = this.model.get("detail");
    this.inner.hidden = !detail.number;
    if (!detail.number) return;
    const inGrid = this.grid.contains(document.activeElement);
    if (this.drawn !== detail.number) {
      this.closed.clear();
      this.at = detail.rows.length ? detail.rows[0].offset : 0;
    }
    this.drawn = detail.number;
    const last = detail.rows.at(-1);
    const [from, to] = last ? [detail.rows[0].offset, last.offset + last.hex.length - 1] : [0, -1];
    this.window = [from, to];
    this.bytesTitle.textContent = to - from + 1 === detail.size
      ? `Message ${detail.number}: ${detail.size} bytes`
      : `Message ${detail.number}: bytes ${from} to ${to} of ${detail.size}`;
    const lost = detail.size - detail.arrived;
    if (lost > 0) this.bytesTitle.textContent += `; the last ${lost} (struck out) have not arrived`;
    this.cells = new Map();
    this.digits = detail.size > 0xffff ? 8 : 4;
    this.grid.replaceChildren(...detail.rows.map((row) => this.row(row)));
    this.at = Math.min(Math.max(this.at, from), Math.max(to, from));
    this.drawTree();
    this.drawBits();
    if (inGrid) this.focusByte(this.at);
  }

  row({ offset, hex, text }) {
    const { arrived } = this.model.get("detail");
    const pick = (at) => () => (this.focusByte(at), this.wish("byte", at));
    const cells = hex.map((octet, i) => {
      const code = parseInt(octet, 16);
      const char = code > 32 && code < 127 ? `, ${String.fromCharCode(code)}` : "";
      const lost = offset + i >= arrived;
      const cell = h("span", { role: "gridcell", tabindex: -1, "data-at": offset + i, class: lost ? "ci-gone" : null,
        "aria-label": `byte ${offset + i}: ${octet}${char}${lost ? ", not arrived" : ""}`, onclick: pick(offset + i) }, octet);
      const letter = h("span", { class: `ci-char${lost ? " ci-gone" : ""}`, "aria-hidden": "true", onclick: pick(offset + i) }, text[i]);
      this.cells.set(offset + i, [cell, letter]);
      return [cell, letter];
    });
    return h("div", { role: "row" },
      h("span", { class: "ci-offset", role: "rowheader" }, offset.toString(16).padStart(this.digits, "0")),
      h("span", { class: "ci-hex", role: "presentation" }, ...cells.map(([cell]) => cell)),
      h("span", { class: "ci-text", role: "presentation" }, ...cells.map(([, letter]) => letter)));
  }

  focusByte(at) {
    for (const [cell] of this.cells.values()) if (cell.tabIndex === 0) cell.tabIndex = -1;
    const [cell] = this.cells.get(at) || [];
    this.at = at;
    if (!cell) return; // the next block of bytes brings it
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
    reveal(this.grid, cell);
  }

  keyInGrid(event) {
    const { size } = this.model.get("detail");
    const row = this.at - (this.at % 16);
    const far = event.ctrlKey || event.metaKey;
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, ArrowDown: this.at + 16,
      ArrowUp: this.at - 16, PageDown: this.at + 128, PageUp: this.at - 128,
      Home: far ? 0 : row, End: far ? size - 1 : row + 15, Enter: this.at, " ": this.at }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const outside = event.key.startsWith("Arrow") && (to < 0 || to >= size);
    const at = outside ? this.at : Math.min(Math.max(to, 0), size - 1);
    this.focusByte(at);
    this.wish("byte", at);
  }

  /** The bytes that several fields share: a cell for each bit, and under them their fields. */
  drawBits() {
    const focused = this.octets.contains(document.activeElement) ? this.bit : null;
    const { bits } = this.model.get("detail");
    this.bitCells = [];
    this.octets.replaceChildren(...bits.map(({ at, bits: octet, fields }) => {
      const pick = (bit) => () => this.chooseBit(this.bitCells.findIndex((c) => c.at === at && c.bit === bit));
      const owner = (bit) => fields.find((f) => f.bits[0] <= bit && bit < f.bits[1]);
      const cells = [...octet].map((value, bit) => {
        const cell = h("span", { role: "gridcell", class: "ci-bit", tabindex: -1, "data-at": at, "data-bit": bit,
          "aria-label": `byte ${at}, bit ${bit}: ${value}, ${owner(bit).name}`, onclick: pick(bit) }, value);
        this.bitCells.push({ at, bit, cell, field: owner(bit).id });
        return cell;
      });
      const names = fields.map((f) =>
        h("span", { class: "ci-owner", "aria-hidden": "true", onclick: pick(f.bits[0]), "data-id": f.id,
          style: `grid-column:${f.bits[0] + 1}/${f.bits[1] + 1}` }, f.reads ? `${f.name}: ${f.reads}` : f.name));
      return h("div", { role: "row", class: "ci-octet" },
        h("span", { role: "rowheader", class: "ci-offset" }, `byte ${at}`), ...cells, ...names);
    }));
    this.bit = Math.min(Math.max(focused ?? 0, 0), Math.max(this.bitCells.length - 1, 0));
    if (this.bitCells.length) this.bitCells[this.bit].cell.tabIndex = 0;
    if (focused !== null) this.focusBit(this.bit);
  }

  focusBit(index) {
    for (const { cell } of this.bitCells) cell.tabIndex = -1;
    this.bit = index;
    const { cell } = this.bitCells[index] || {};
    if (!cell) return;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
  }

  chooseBit(index) {
    this.focusBit(index);
    const { at, bit } = this.bitCells[index];
    this.wish("bit", [at, bit]);
  }

  /** Left and right: the next bit.  Up and down: the next field. */
  keyInBits(event) {
    const cells = this.bitCells;
    const starts = cells.map((c, i) => i).filter((i) => !i || cells[i].field !== cells[i - 1].field);
    const to = { ArrowRight: this.bit + 1, ArrowLeft: this.bit - 1, Home: 0, End: cells.length - 1,
      ArrowDown: starts.find((i) => i > this.bit) ?? this.bit,
      ArrowUp: starts.findLast((i) => i < this.bit) ?? 0, Enter: this.bit, " ": this.bit }[event.key];
    if (to === undefined || !cells.length) return;
    event.preventDefault();
    this.chooseBit(Math.min(Math.max(to, 0), cells.length - 1));
  }

  visibleFields() {
    const hidden = (id) => [...this.closed].some((outer) => id.startsWith(`${outer}.`));
    return this.model.get("detail").fields.filter((field) => !hidden(field.id));
  }

  drawTree() {
    this.later.hidden = this.model.get("detail").fields.length > 0;
    this.tree.hidden = !this.later.hidden;
    this.tree.replaceChildren(
      ...this.visibleFields().map((f) => {
        const open = f.parent ? !this.closed.has(f.id) : null;
        const toggle = h("span", { class: "ci-toggle", "aria-hidden": "true",
          onclick: (event) => (event.stopPropagation(), this.fold(f.id, open)) }, open === null ? "" : open ? "▾" : "▸");
        return h("li", { role: "treeitem", id: `${this.id}-f${f.id}`, "data-id": f.id, "aria-level": f.level,
            "aria-expanded": open === null ? null : `${open}`, style: `--level:${f.level}`,
            onclick: () => (this.tree.focus(), this.wish("field", f.id)) },
          toggle, h("b", {}, f.name), h("span", { class: "ci-where" }, f.where),
          h("span", { class: "ci-value" }, f.value));
      }),
    );
  }

  fold(id, close) {
    if (close) this.closed.add(id);
    else this.closed.delete(id);
    this.drawTree();
    this.mark();
  }

  keyInTree(event) {
    const shown = this.visibleFields();
    const index = shown.findIndex((f) => f.id === this.field);
    const now = shown[index];
    const open = now?.parent && !this.closed.has(now.id);
    let to = { ArrowDown: Math.min(index + 1, shown.length - 1), ArrowUp: Math.max(index - 1, 0),
      Home: 0, End: shown.length - 1 }[event.key];
    if (event.key === "ArrowRight" && now?.parent) {
      if (open) to = index + 1;
      else this.fold(now.id, false);
    } else if (event.key === "ArrowLeft" && now) {
      if (open) this.fold(now.id, true);
      else to = shown.findIndex((f) => f.id === now.id.split(".").slice(0, -1).join("."));
    } else if (to === undefined) return;
    event.preventDefault();
    if (to === undefined || to < 0 || !shown[to]) return;
    this.field = shown[to].id;
    this.wish("field", this.field);
  }

  // --- what is chosen

  mark() {
    const chosen = this.model.get("chosen");
    if (chosen.view === this.id && chosen.wish < this.wishes) return; // a late answer
    this.message = chosen.message;
    this.field = chosen.field;
    this.markList(chosen);
    this.markTree(chosen);
    this.markBytes(chosen);
    this.markBits(chosen);
    if (this.said.textContent !== chosen.explanation) this.said.textContent = chosen.explanation;
    const names = chosen.names.join("\n");
    const answered = this.asked !== names && this.ask.contains(document.activeElement);
    if (this.asked !== names)
      this.ask.replaceChildren(...chosen.names.map((name) =>
        h("button", { type: "button", onclick: () => this.wish("guess", name) }, name)));
    this.asked = names;
    this.ask.hidden = !names;
    if (answered) this.focusByte(this.at); // the button that had the focus is gone
  }

  markList({ message }) {
    const scene = this.model.get("scene");
    const row = this.model.get("messages").find((one) => one.number === message);
    this.svg.setAttribute("aria-label", `Sequence diagram. ${scene.alt}${row ? ` Chosen: ${row.label}.` : ""}`);
    for (const arrow of this.svg.querySelectorAll(".ci-arrow")) {
      const mine = Number(arrow.dataset.number) === message;
      arrow.classList.toggle("ci-chosen", mine);
      if (mine && this.seen !== message) reveal(this.picture, arrow);
    }
    for (const option of this.list.children) {
      const mine = Number(option.dataset.number) === message;
      option.setAttribute("aria-selected", `${mine}`);
      if (mine && this.seen !== message) reveal(this.list, option);
    }
    if (row) this.list.setAttribute("aria-activedescendant", `${this.id}-m${message}`);
    else this.list.removeAttribute("aria-activedescendant");
    this.seen = message;
  }

  markTree({ field }) {
    if (field && [...this.closed].some((outer) => field.startsWith(`${outer}.`))) {
      for (const outer of [...this.closed]) if (field.startsWith(`${outer}.`)) this.closed.delete(outer);
      this.drawTree();
    }
    let found = false;
    for (const item of this.tree.children) {
      const mine = item.dataset.id === field;
      item.setAttribute("aria-selected", `${mine}`);
      if (mine) reveal(this.tree, item);
      found ||= mine;
    }
    if (found) this.tree.setAttribute("aria-activedescendant", `${this.id}-f${field}`);
    else this.tree.removeAttribute("aria-activedescendant");
  }

  /** Hide the names while the question which field a byte is in is open. */
  markBits({ byte, bit, bits, start, stop, names, field }) {
    if (!this.bitCells) return;
    this.bits.hidden = !this.bitCells.length || names.length > 0;
    const [first, last] = bits || [0, 8];
    const whole = stop - start === 1; // a field of several bytes highlights no bits
    this.bitCells.forEach(({ at, bit: mine, cell }, index) => {
      const inside = whole && at === start && first <= mine && mine < last;
      cell.classList.toggle("ci-in", inside);
      cell.classList.toggle("ci-byte", at === byte && mine === bit);
      cell.setAttribute("aria-selected", `${inside}`);
      if (at === byte && mine === bit && !this.octets.contains(document.activeElement)) this.bit = index;
      cell.tabIndex = index === this.bit ? 0 : -1;
    });
    for (const owner of this.octets.querySelectorAll(".ci-owner"))
      owner.classList.toggle("ci-in", owner.dataset.id === field);
  }

  markBytes({ byte, start, stop }) {
    if (!this.cells) return;
    const inside = this.grid.contains(document.activeElement);
    for (const [at, [cell, letter]] of this.cells) {
      for (const node of [cell, letter]) {
        node.classList.toggle("ci-in", at >= start && at < stop);
        node.classList.toggle("ci-byte", at === byte);
      }
      cell.setAttribute("aria-selected", `${at === byte || (at >= start && at < stop)}`);
    }
    const to = byte ?? (stop > start ? start : this.at);
    if (this.cells.has(to) && !(inside && byte === null)) {
      this.at = to;
      for (const [at, [cell]] of this.cells) cell.tabIndex = at === to ? 0 : -1;
      if (inside) this.cells.get(to)[0].focus({ preventScroll: true });
      reveal(this.grid, this.cells.get(to)[0]);
    }
  }
}

function render({ model, el }) {
  const inspector = new Inspector(model, el);
  return () => inspector.destroy();
}

export default { render };
