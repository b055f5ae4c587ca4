// Draws /openapi.json. Every text goes in as text, never as HTML.
"use strict";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function table(heads, rows) {
  const made = element("table");
  const top = made.appendChild(element("tr"));
  for (const head of heads) top.append(element("th", head));
  for (const row of rows) {
    const line = made.appendChild(element("tr"));
    for (const cell of row) line.append(element("td", cell));
  }
  return made;
}

function described(schema) {
  const kind = [schema.type || (schema.anyOf || []).map((one) => one.type)].flat().filter(Boolean).join(" or ");
  const limits = ["minimum", "maximum", "default"].filter((name) => name in schema && schema[name] !== null);
  return [kind, ...limits.map((name) => `${name} ${schema[name]}`)].filter(Boolean).join(", ");
}

function route(path, method, what) {
  const made = element("section");
  const title = made.appendChild(element("h2"));
  title.append(element("span", method.toUpperCase(), "method"), " ", element("code", path));
  made.append(element("p", what.summary || ""));
  const parameters = what.parameters || [];
  if (parameters.length) {
    made.append(element("h3", "In the address"));
    made.append(table(["name", "what", "values"], parameters.map((one) => [one.name, one.description || "", described(one.schema || {})])));
  }
  for (const [kind, body] of Object.entries((what.requestBody || {}).content || {})) {
    made.append(element("h3", `Body as ${kind}`));
    made.append(element("pre", JSON.stringify(body.schema, null, 1)));
  }
  made.append(element("h3", "Answers"));
  made.append(table(["status", "what"], Object.entries(what.responses || {}).map(([code, one]) => [code, one.description || ""])));
  const good = (((what.responses || {})["200"] || {}).content || {})["application/json"];
  if (good && Object.keys(good.schema || {}).length) made.append(element("pre", JSON.stringify(good.schema, null, 1)));
  return made;
}

async function draw() {
  document.getElementById("here").textContent = location.origin;
  const place = document.getElementById("routes");
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
  const content = await answer.json();
  const parts = [];
  for (const [path, methods] of Object.entries(content.paths)) {
    for (const [method, what] of Object.entries(methods)) parts.push(route(path, method, what));
  }
  place.replaceChildren(...parts);
}

draw().catch((error) => {
  document.getElementById("routes").replaceChildren(element("p", String(error)));
});
