// Attaching files while a message is written: part by part, each repeated until it is there.
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

function tokenOf(field) {
  return field.closest("form").querySelector("[name=csrfmiddlewaretoken]").value;
}

async function ask(field, address, body) {
  const headers = { "X-CSRFToken": tokenOf(field), "Content-Type": "application/octet-stream" };
  const answer = await fetch(address, { method: "POST", headers, body, redirect: "error" });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.error.message), { said: said.error, final: !said.error.retry });
  return said;
}

async function insist(field, address, body) {
  for (const pause of PAUSES_MS) {
    try {
      return await ask(field, address, body);
    } catch (error) {
      if (error.final) throw error;
      await new Promise((go) => setTimeout(go, pause));
    }
  }
  return ask(field, address, body);
}

function lineOf(field, file) {
  const line = document.createElement("li");
  line.className = "file";
  const name = document.createElement("bdi");
  name.dir = "auto";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = Math.max(1, file.size);
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  line.append(name, bar);
  field.querySelector("[data-files]").append(line);
  return [line, bar];
}

function chosen(line, file, id) {
  const label = document.createElement("label");
  label.className = "picked";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "attachments", value: id, checked: true });
  const name = document.createElement("bdi");
  name.dir = "auto";
  name.textContent = file.name;
  label.append(box, name);
  line.replaceChildren(label);
}

async function bring(field, file, bar) {
  const draft = JSON.stringify({ name: file.name, size: file.size });
  const begun = await insist(field, field.dataset.begin, draft);
  const base = `${field.dataset.begin}${begun.attachment.attachment_id}`;
  for (let number = 0; number < begun.parts; number += 1) {
    const from = number * begun.part_bytes;
    await insist(field, `${base}/parts/${number}`, file.slice(from, from + begun.part_bytes));
    bar.value = Math.min(file.size, from + begun.part_bytes);
  }
  await insist(field, `${base}/complete`, "");
  return begun.attachment.attachment_id;
}

async function take(field, file) {
  const said = field.querySelector("[data-said]");
  const [line, bar] = lineOf(field, file);
  said.textContent = `${file.name}: ${field.dataset.going}`;
  try {
    chosen(line, file, await bring(field, file, bar));
    said.textContent = `${file.name}: ${field.dataset.done}`;
  } catch (error) {
    line.remove();
    const why = error.said ? `${error.said.message} ${error.said.remedy} (${error.said.code})` : error.message;
    said.textContent = `${file.name}: ${field.dataset.failed}. ${why}`;
  }
}

document.addEventListener("change", async (event) => {
  const field = event.target.closest?.("[data-attach]");
  if (!field || event.target.type !== "file") return;
  const files = [...event.target.files];
  event.target.value = ""; // they go by parts, not with the form
  const buttons = field.closest("form").querySelectorAll("button[type=submit], button:not([type])");
  for (const button of buttons) button.disabled = true;
  for (const file of files) await take(field, file);
  for (const button of buttons) button.disabled = false;
});
