// The page of `keras2sql serve`.  What comes from files becomes text, never markup.
"use strict";

const $ = (id) => document.getElementById(id);
const MOST_FIELDS = 16, ROWS = 3;
const state = { model: null, weights: null, samples: null, sql: "", asked: 0, drawing: "" };

// -- the server

async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  return found;
}

async function inBase64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

function listed(text) {
  return text.split(",").map((one) => one.trim()).filter((one) => one !== "");
}

function labelled(text) {
  const found = listed(text);
  const whole = found.every((one) => /^-?(0|[1-9]\d{0,14})$/.test(one));
  const truths = found.every((one) => /^(true|false)$/i.test(one));
  if (truths) return found.map((one) => one.toLowerCase() === "true");
  return whole ? found.map(Number) : found;
}

function request() {
  const body = {
    Name: state.model.name,
    SerializedModel: state.model.content,
    SQLDialect: $("dialect").value,
    Strategy: $("strategy").value,
    Weights: $("held").value,
    Precision: $("precision").value,
    OrderBy: $("order").value.trim(),
  };
  const features = listed($("features").value), labels = labelled($("labels").value);
  if (features.length) body.Features = features.length === 1 ? features[0] : features;
  if (labels.length) body.Labels = labels;
  if (state.weights) {
    body.WeightsName = state.weights.name;
    body.SerializedWeights = state.weights.content;
  }
  return body;
}

// -- elements

function element(kind, text = "", className = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = className;
  return made;
}

function rows(table, content) {
  table.tBodies[0].replaceChildren(...content.map((cells) => {
    const row = element("tr");
    row.append(...cells);
    return row;
  }));
}

function tell(text) { $("status").textContent = text; }

function refuse(error) {
  $("refusal").textContent = error.message;
  $("refusal").hidden = false;
}

async function during(text, work) {
  const mine = ++state.asked;
  tell(text);
  $("refusal").hidden = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    await work(() => mine === state.asked);
  } catch (error) {
    if (mine === state.asked) refuse(error);
  } finally {
    if (mine === state.asked) {
      tell("");
      document.body.removeAttribute("aria-busy");
    }
  }
}

// -- a model

async function take(file) {
  if (!file) return;
  $("chosen").textContent = file.name;
  for (const id of ["found", "sql", "try", "scored"]) $(id).hidden = true;
  await during("reading", async (current) => {
    const content = await inBase64(file);
    if (!current()) return;
    state.model = { name: file.name, content };
    state.samples = null;
    $("again").disabled = false;
    $("features").value = $("labels").value = $("order").value = "";
  });
  if (state.model) await all();
}

async function all() {
  await during("converting", async (current) => {
    const told = await ask("inspection", request());
    if (!current()) return;
    show(told);
    if (told.problems.length) {
      refuse(new Error(told.problems.map(([path, kind, why]) => `${path} (${kind}): ${why}`).join("; ")));
      return;
    }
    if (told.samples) prepare(told.samples);
    await convert(current);
  });
}

function show(told) {
  $("name").textContent = told.name;
  $("written").textContent = `written by ${told.written_by}`;
  rows($("facts"), [...told.facts, ...told.notes].map(([what, value]) => [element("th", what), element("td", value)]));
  rows($("layers"), told.layers.map((one) => [
    element("th", one.path),
    element("td", one.class_name),
    element("td", one.shape === null ? "" : one.shape.map((n) => n ?? "any").join(" × ") || "scalar"),
    element("td", one.parameters.toLocaleString("en"), "number"),
    element("td", one.problem || "yes"),
  ]));
  URL.revokeObjectURL(state.drawing);
  state.drawing = URL.createObjectURL(new Blob([told.svg], { type: "image/svg+xml" }));
  $("drawing").src = state.drawing;
  $("drawing").alt = told.layers
    .map((one) => `${one.path} (${one.class_name})${one.sources.length ? ` from ${one.sources.join(", ")}` : ""}`)
    .join("; ");
  $("found").hidden = false;
  $("try").hidden = !told.samples;
}

// -- SQL

async function convert(current) {
  const body = { ...request(), Table: $("table").value, Key: $("key").value, Highlight: true };
  const [made] = (await ask("model", body)).model.SQLGenrationResult;
  if (!current()) return;
  state.sql = made.SQL;
  const pieces = made.Tokens.map(([kind, text]) => element("span", text, kind));
  $("text").replaceChildren(...pieces);
  $("text").scrollTo(0, 0);
  const shown = made.Tokens.reduce((sum, [, text]) => sum + text.length, 0);
  const more = Array.from(made.SQL).length - shown;
  $("cut").textContent = more > 0 ? `${more.toLocaleString("en")} characters more: Copy and Save give all` : "";
  $("reason").textContent = `${made.Strategy}, weights ${made.Weights}: ${made.Reason}`;
  $("explained").textContent = made.Explained;
  $("done").textContent = "";
  $("sql").hidden = false;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(state.sql);
    $("done").textContent = "copied";
  } catch {
    const hidden = element("textarea", state.sql);
    document.body.append(hidden);
    hidden.select();
    $("done").textContent = document.execCommand("copy") ? "copied" : "the browser does not let it be copied";
    hidden.remove();
  }
}

function save() {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([state.sql], { type: "application/sql" }));
  link.download = `${state.model.name.replace(/\.[^.]*$/, "") || "model"}.${$("dialect").value}.sql`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// -- samples

function prepare(samples) {
  // Another database takes the same rows, which stay as they were written or drawn.
  if (JSON.stringify(samples) === JSON.stringify(state.samples)) return;
  state.samples = samples;
  const few = samples.columns.length <= MOST_FIELDS;
  $("picture").hidden = !samples.image;
  $("grid").hidden = Boolean(samples.image) || !few;
  $("lines").hidden = Boolean(samples.image) || few;
  $("random").hidden = Boolean(samples.image);
  if (samples.image) {
    const [height, width] = samples.image;
    [$("seen").width, $("seen").height] = [width, height];
    $("size").textContent = `The network sees ${height} × ${width} pixels.`;
    $("largest").value = String(samples.largest);
    clear();
  } else {
    $("columns").textContent = `A row on each line: ${samples.columns.length} values with commas, of ${samples.columns.slice(0, 6).join(", ")}, ...`;
    fill();
  }
}

function fill() {
  const { columns, texts } = state.samples;
  const value = (place) => texts[place] ? "" : (Math.random() * 2 - 1).toFixed(2);
  const made = Array.from({ length: ROWS }, () => columns.map((_, place) => value(place)));
  if (columns.length > MOST_FIELDS) {
    $("values").value = made.map((row) => row.join(", ")).join("\n");
    return;
  }
  const table = $("grid").firstElementChild;
  table.tHead.rows[0].replaceChildren(...columns.map((name) => element("th", name)));
  rows(table, made.map((row, number) => row.map((text, place) => {
    const cell = element("td"), field = element("input");
    field.value = text;
    field.setAttribute("aria-label", `${columns[place]}, row ${number + 1}`);
    cell.append(field);
    return cell;
  })));
}

function cell(text, isText) {
  if (isText) return text;
  if (text.trim() === "") return null;
  const number = Number(text);
  if (!Number.isFinite(number)) throw new Error(`"${text}" is no number`);
  return number;
}

function given() {
  const { columns, texts, image } = state.samples;
  if (image) return [pixels()];
  const written = columns.length > MOST_FIELDS
    ? $("values").value.split("\n").filter((line) => line.trim() !== "").map((line) => line.split(","))
    : [...$("grid").firstElementChild.tBodies[0].rows].map((row) => [...row.querySelectorAll("input")].map((one) => one.value));
  return written.map((row) => row.map((text, place) => cell(text, texts[place])));
}

async function score() {
  await during("scoring", async (current) => {
    const found = await ask("scores", { ...request(), Rows: given() });
    if (!current()) return;
    if (found.rows.length === 1) showOne(found.columns.slice(1), found.rows[0].slice(1));
    else showAll(found.columns, found.rows);
    $("difference").textContent = found.difference === null ? ""
      : `The largest difference from numpy's own numbers is ${found.difference.toPrecision(2)}.`;
    $("scored").hidden = false;
  });
}

function shown(value) {
  if (value === null) return "NULL";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(6)));
}

// A row by its columns, with bars for the probabilities of classes.
function showOne(columns, values) {
  const named = columns.map((name) => name.startsWith("Proba_"));
  const numbers = values.filter((value) => typeof value === "number");
  const apart = numbers.length === values.length && numbers.length > 1 && numbers.every((one) => one >= 0)
    && Math.abs(numbers.reduce((a, b) => a + b, 0) - 1) < 1e-3;
  const shares = values.map((_, place) => apart || named[place]);
  const most = Math.max(...values.filter((value, place) => shares[place] && typeof value === "number"));
  $("scores").tHead.rows[0].replaceChildren(element("th", "Column"), element("th", "Value"));
  rows($("scores"), columns.map((name, place) => {
    const made = element("td"), value = values[place];
    if (shares[place] && typeof value === "number") {
      const bar = element("span", "", "bar");
      bar.style.width = `${(8 * value).toFixed(2)}rem`;
      made.append(bar);
    }
    made.append(shown(value));
    return [element("th", name), made];
  }));
  [...$("scores").tBodies[0].rows].forEach((row, place) => {
    if (shares[place] && values[place] === most) row.className = "most";
  });
}

function showAll(columns, all) {
  $("scores").tHead.rows[0].replaceChildren(...columns.map((name) => element("th", name, "number")));
  rows($("scores"), all.map((row) => row.map((value) => element("td", shown(value), "number"))));
}

// -- a picture drawn by hand

const pen = $("canvas").getContext("2d", { willReadFrequently: true });

function clear() {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  $("scored").hidden = true;
  reduce();
}

function reduce() {
  const small = $("seen").getContext("2d", { willReadFrequently: true });
  small.imageSmoothingEnabled = true;
  small.imageSmoothingQuality = "high";
  small.drawImage(pen.canvas, 0, 0, small.canvas.width, small.canvas.height);
  return small.getImageData(0, 0, small.canvas.width, small.canvas.height).data;
}

function pixels() {
  const [height, width, channels] = state.samples.image, largest = Number($("largest").value);
  const data = reduce(), found = [];
  for (let at = 0; at < height * width; at++)
    for (let channel = 0; channel < channels; channel++) found.push((data[4 * at] / 255) * largest);
  return found;
}

function place(event) {
  const box = pen.canvas.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * 320, ((event.clientY - box.top) / box.height) * 320];
}

pen.canvas.addEventListener("pointerdown", (event) => {
  pen.canvas.setPointerCapture(event.pointerId);
  [pen.lineWidth, pen.lineCap, pen.lineJoin, pen.strokeStyle] = [30, "round", "round", "#fff"];
  const [x, y] = place(event);
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + 0.1, y);
  pen.stroke();
});
pen.canvas.addEventListener("pointermove", (event) => {
  if (!event.buttons) return;
  pen.lineTo(...place(event));
  pen.stroke();
  reduce();
});
pen.canvas.addEventListener("pointerup", () => { reduce(); score(); });

// -- what the user does

$("file").addEventListener("change", () => take($("file").files[0]));
$("weights").addEventListener("change", async () => {
  const file = $("weights").files[0];
  state.weights = file ? { name: file.name, content: await inBase64(file) } : null;
  if (state.model) await all();
});
for (const kind of ["dragenter", "dragover"])
  $("drop").addEventListener(kind, (event) => { event.preventDefault(); $("drop").classList.add("over"); });
for (const kind of ["dragleave", "drop"])
  $("drop").addEventListener(kind, (event) => { event.preventDefault(); $("drop").classList.remove("over"); });
$("drop").addEventListener("drop", (event) => take(event.dataTransfer.files[0]));
// A file that is dropped beside the field would be opened in the place of the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
$("again").addEventListener("click", all);
$("dialect").addEventListener("change", all);
$("copy").addEventListener("click", copy);
$("save").addEventListener("click", save);
$("score").addEventListener("click", score);
$("random").addEventListener("click", fill);
$("clear").addEventListener("click", clear);
