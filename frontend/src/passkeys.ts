import { each, island, text } from "./page";
import { askJson } from "./server";

/**
 * Passkeys: <form data-passkey="get|create"> with a hidden input named credential. Its options come with the page
 * (data-passkey-options) or from an address (data-passkey-url) when the button is pressed.
 */

type Options = { publicKey: Record<string, unknown> } | { request_options: { publicKey: Record<string, unknown> } };

async function options(form: HTMLFormElement): Promise<Record<string, unknown>> {
  const given = form.dataset["passkeyOptions"];
  const found = given ? (JSON.parse(given) as Options) : await askJson<Options>(form.dataset["passkeyUrl"] ?? "");
  if (!found) throw new Error("no options");
  return "request_options" in found ? found.request_options.publicKey : found.publicKey;
}

async function credential(form: HTMLFormElement): Promise<Credential | null> {
  const asked = await options(form);
  if (form.dataset["passkey"] === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked as unknown as PublicKeyCredentialCreationOptionsJSON);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked as unknown as PublicKeyCredentialRequestOptionsJSON);
  return navigator.credentials.get({ publicKey });
}

function passkey(form: HTMLFormElement): void {
  const field = form.elements.namedItem("credential") as HTMLInputElement;
  if (!("PublicKeyCredential" in window) || !("parseRequestOptionsFromJSON" in PublicKeyCredential)) {
    form.hidden = true;
    return;
  }
  form.addEventListener("submit", (event) => {
    if (field.value) return;
    event.preventDefault();
    const place = form.querySelector<HTMLElement>("[data-passkey-error]");
    if (place) place.hidden = true;
    credential(form)
      .then((made) => {
        field.value = JSON.stringify((made as PublicKeyCredential).toJSON());
        form.submit();
      })
      .catch(() => {
        form.dispatchEvent(new Event("htmx:validation:halted"));
        if (!place) return;
        place.textContent = text("passkey.failed");
        place.hidden = false;
      });
  });
}

export function startPasskeys(): void {
  island((root) => each<HTMLFormElement>(root, "form[data-passkey]", passkey));
}
