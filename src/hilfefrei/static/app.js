// Conveniences: every action works without this module.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, act) => document.addEventListener(type, act);
const store = sessionStorage;
const { user, login } = document.body.dataset;
const toasts = $("#toasts");
const LOST = "Keine Verbindung. Ihre Eingaben sind noch da. Bitte noch einmal versuchen.";

function make(tag, className, text) {
	const node = document.createElement(tag);
	node.className = className;
	node.textContent = text;
	return node;
}
function button(text, act) {
	const node = make("button", "hf-linkbtn", text);
	node.type = "button";
	node.onclick = act;
	return node;
}

// ---- short messages: announced, and closed by hand
function closable(toast) {
	toast.append(button("Schließen", () => toast.remove()));
	return toast;
}
function say(text, ...more) {
	const toast = make("div", "hf-toast", "");
	toast.append(make("span", "", text), ...more);
	toasts.append(closable(toast));
}
const closables = () => $$(".hf-toast:not(:has(>button))", toasts).forEach(closable);
closables();
// A live region speaks only when it changes.
setTimeout(() => toasts.append(...toasts.children), 150);
$(".hf-errors")?.focus();

// ---- drafts: in this tab, by person, entry, version; gone after saving and logging out
const SKIP = /^(csrfmiddlewaretoken|op|version|next|password)$/;
const draftKey = (form) => `hf:${user}:${form.dataset.draft}:${form.elements.version?.value ?? ""}`;
const draftKeys = () => Object.keys(store).filter((key) => key.startsWith("hf:"));
const typed = (form) => [...new FormData(form)].filter(([name, value]) => !value.name && !SKIP.test(name));
const keep = (form, sent) => store.setItem(draftKey(form), JSON.stringify({ values: typed(form), sent }));

function restore(form, values) {
	const before = `${typed(form)}`;
	for (const field of form.elements) {
		if (!field.name || SKIP.test(field.name) || /^(hidden|file|submit)$/.test(field.type)) continue;
		const box = /^(checkbox|radio)$/.test(field.type);
		const at = values.findIndex(([name, value]) => name === field.name && (!box || value === field.value));
		if (box) field.checked = at >= 0;
		else if (at >= 0) field.value = values.splice(at, 1)[0][1];
	}
	return before !== `${typed(form)}`;
}
for (const key of user ? draftKeys() : []) {
	const form = $$("form[data-draft]").find((other) => draftKey(other) === key);
	const { values, sent } = JSON.parse(store.getItem(key));
	const arrived = performance.getEntriesByType("navigation")[0]?.type === "navigate";
	// Sent, and the page after it has another version or none: it was saved.
	if (sent && (!form || (arrived && !form.elements.version))) store.removeItem(key);
	// With errors the server has put the values back itself.
	else if (form && !$("[aria-invalid]", form) && restore(form, values)) {
		const drop = button("Verwerfen", () => {
			store.removeItem(key);
			form.reset();
			drop.parentNode.remove();
		});
		say("Ihre nicht gespeicherten Eingaben sind wieder da.", drop);
		form.dispatchEvent(new Event("change", { bubbles: true }));
	}
}

// ---- unsaved input
let dirty = false;
for (const type of ["input", "change"]) {
	on(type, ({ target }) => {
		const { form } = target;
		if (form?.dataset.draft && user) keep(form);
		else dirty ||= "guard" in (form ?? target).dataset;
	});
}
addEventListener("beforeunload", (event) => dirty && event.preventDefault());

// ---- an expired session
const read = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");
async function loginForm(url = login, options = { redirect: "manual" }) {
	const response = await fetch(url, options);
	if (response.type === "opaqueredirect") return null; // is in
	const page = await read(response);
	const form = $("form[data-login-form]", page);
	if (!form && !page.body.dataset.user) throw 0;
	return form;
}
async function renew() {
	const page = await read(await fetch("/"));
	const token = $("[name=csrfmiddlewaretoken]", page)?.value;
	if (!token || page.body.dataset.user !== user) return false;
	$$("[name=csrfmiddlewaretoken]").forEach((field) => (field.value = token));
	return true;
}
let asking;
async function session() {
	const first = await loginForm();
	if (!first) return true;
	asking ??= new Promise((resolve) => {
		const dialog = make("dialog", "hf-dialog", "");
		const title = make("h2", "hf-h2", "Bitte melden Sie sich noch einmal an");
		dialog.ariaLabel = title.textContent;
		const show = (form) => {
			dialog.replaceChildren(title, make("p", "hf-muted", "Die Sitzung ist abgelaufen. Ihre Eingaben sind noch da."), form);
			$("input:not([type=hidden])", form).focus();
		};
		const end = (result) => {
			asking = undefined;
			dialog.remove();
			resolve(result);
		};
		dialog.addEventListener("submit", async (event) => {
			event.preventDefault();
			try {
				const again = await loginForm(event.target.action, { method: "POST", body: new FormData(event.target) });
				if (again) show(again);
				else end((await renew()) || say("Jetzt ist jemand anderes angemeldet. Bitte laden Sie die Seite neu."));
			} catch {
				end(say(LOST));
			}
		});
		dialog.addEventListener("close", () => end(false));
		document.body.append(dialog);
		dialog.showModal();
		show(first);
	});
	return asking;
}

// ---- post once, to a server that answers
on("submit", async (event) => {
	const { target: form, submitter } = event;
	if (!user || event.defaultPrevented || form.method !== "post" || form.dataset.go) return;
	if ("logout" in form.dataset) return draftKeys().forEach((key) => store.removeItem(key));
	event.preventDefault();
	if (form.dataset.busy) return;
	const free = () => {
		delete form.dataset.busy;
		submitter?.removeAttribute("aria-busy");
	};
	form.dataset.busy = "1";
	submitter?.setAttribute("aria-busy", "true");
	if (!(await session().catch(() => say(LOST)))) return free();
	if (form.dataset.draft) keep(form, true);
	dirty = false;
	form.dataset.go = "1";
	form.requestSubmit(submitter);
	delete form.dataset.go;
	setTimeout(free, submitter?.formTarget ? 0 : 4e3);
});

// ---- htmx: same care
on("htmx:beforeSwap", async (event) => {
	const { xhr, requestConfig, target } = event.detail;
	if (!xhr.responseURL || new URL(xhr.responseURL).pathname !== login) return;
	event.detail.shouldSwap = false;
	const { verb, path, elt: source } = requestConfig;
	if (await session().catch(() => say(LOST))) htmx.ajax(verb, path, { source, target });
});
for (const type of ["htmx:sendError", "htmx:responseError"]) on(type, () => say(LOST));
on("htmx:oobAfterSwap", closables);
on("htmx:afterSwap", ({ detail }) => $(".hf-errors, [data-focus]", detail.elt)?.focus());

// ---- keys
let keys = localStorage.getItem("hf-keys") !== "off";
const toggle = $("[data-keys]");
if (toggle) {
	const set = (on) => {
		keys = on;
		localStorage.setItem("hf-keys", on ? "on" : "off");
		toggle.textContent = `Tastenkürzel ${on ? "aus" : "ein"}schalten`;
	};
	toggle.hidden = false;
	toggle.onclick = () => set(!keys);
	set(keys);
}
const STEP = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 };
on("keydown", (event) => {
	const { key, target } = event;
	if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
		const form = target.form?.method === "post" ? target.form : $("form[data-main]");
		const buttons = [...(form?.elements ?? [])].filter((field) => field.type === "submit");
		form?.requestSubmit(buttons.find((button) => button.matches(".kern-btn--primary")) ?? buttons[0]);
		return;
	}
	if (key === "Escape") $(".hf-user[open]")?.removeAttribute("open");
	if (event.ctrlKey || event.altKey || event.metaKey || target.matches("input:not([type=checkbox]), textarea, select")) return;
	const row = target.closest("table[data-rows] tbody tr");
	if (row && key in STEP && (keys || key.length > 1)) {
		const rows = $$("tbody tr", row.closest("table")).filter((other) => $("a, button, input", other));
		$("a, button, input", rows[rows.indexOf(row) + STEP[key]] ?? row).focus();
		event.preventDefault();
	} else if (key === "/" && keys && $("#suche")) {
		$("#suche").focus();
		event.preventDefault();
	}
});
