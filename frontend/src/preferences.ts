import { address, text } from "./page";
import { notice } from "./notices";
import { ask } from "./server";

/** Stores one preference of the person on the server; the page has already changed. */
export async function savePreference(name: string, value: string): Promise<void> {
  const body = new URLSearchParams({ [name]: value });
  try {
    const answer = await ask(address("preferences"), { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) notice(text("not-kept"), "warn");
  } catch {
    notice(text("not-kept"), "warn");
  }
}

/** Theme and text size change at once; a language needs its page again. */
export function startPreferences(): void {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.closest("[data-preferences]")) return;
    const { name, value } = input;
    if (name === "theme") document.documentElement.dataset["theme"] = value;
    if (name === "text_size") document.documentElement.dataset["text"] = value;
    void savePreference(name, value).then(() => {
      if (name === "language") location.reload();
    });
  });
}
