// Security keys and passkeys. Loaded only on pages that ask for one; CSP allows nothing inline, so the page hands over by attributes.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
	btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (list) => list?.map((item) => ({ ...item, id: bytes(item.id) }));

function plain(credential) {
	const { response } = credential;
	const out = { clientDataJSON: text(response.clientDataJSON) };
	for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
		if (response[name]) out[name] = text(response[name]);
	}
	if (response.getTransports) out.transports = response.getTransports();
	const { id, rawId, type } = credential;
	return { id, rawId: text(rawId), type, response: out, clientExtensionResults: credential.getClientExtensionResults() };
}

async function create(form) {
	const { publicKey } = JSON.parse(form.dataset.options);
	const user = { ...publicKey.user, id: bytes(publicKey.user.id) };
	const authenticatorSelection = { ...publicKey.authenticatorSelection };
	if (form.elements.passwordless?.checked) {
		Object.assign(authenticatorSelection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
	}
	return navigator.credentials.create({
		publicKey: {
			...publicKey, user, authenticatorSelection, challenge: bytes(publicKey.challenge), excludeCredentials: listed(publicKey.excludeCredentials),
		},
	});
}

async function get(form) {
	const given = form.dataset.options
		? JSON.parse(form.dataset.options)
		: (await (await fetch(form.action, { headers: { Accept: "application/json" } })).json()).request_options;
	const { publicKey } = given;
	return navigator.credentials.get({
		publicKey: { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: listed(publicKey.allowCredentials) },
	});
}

for (const form of document.querySelectorAll("form[data-key]")) {
	const button = form.querySelector("button");
	const told = form.querySelector("[role=alert]");
	if (!window.PublicKeyCredential) continue;
	form.hidden = false;
	form.querySelector("[data-without]")?.remove();
	button.disabled = false;
	// Before app.js, which posts by itself what is not stopped.
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		event.stopPropagation();
		told.hidden = true;
		button.setAttribute("aria-busy", "true");
		try {
			const found = await (form.dataset.key === "create" ? create(form) : get(form));
			form.elements.credential.value = JSON.stringify(plain(found));
			form.submit();
		} catch {
			told.hidden = false;
			button.removeAttribute("aria-busy");
		}
	});
}
