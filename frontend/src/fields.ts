import { address, connectIslands, debounce, each, island, language, text } from "./page";
import { askJson } from "./server";

/** A number as people of this language write it; undefined when it is none. "1.234,5" and "1,234.5" by locale. */
export function readDecimal(typed: string): string | undefined {
  const parts = new Intl.NumberFormat(language).formatToParts(12345.6);
  const decimal = parts.find((part) => part.type === "decimal")?.value ?? ".";
  let plain = typed.replace(/[\s\u00a0\u202f'’]/g, "");
  const other = decimal === "," ? "." : ",";
  const loneOther = plain.split(other).length === 2 && !plain.includes(decimal) && /^[^.,]*[.,]\d{1,2}$/.test(plain);
  plain = loneOther ? plain.replace(other, ".") : plain.replaceAll(other, "").replace(decimal, ".");
  return /^[+-]?\d+(\.\d*)?$|^[+-]?\.\d+$/.test(plain) ? plain : undefined;
}

/** Writes the amount with the currency's own number of decimals on leaving the field; the server reads it by locale. */
function money(input: HTMLInputElement): void {
  const currency = input.dataset["currency"] || "EUR";
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  input.addEventListener("blur", () => {
    const amount = readDecimal(input.value);
    if (amount === undefined || (amount.split(".")[1]?.length ?? 0) > digits) return;
    const [whole = "0", part = ""] = amount.split(".");
    const point = new Intl.NumberFormat(language).formatToParts(1.5).find((one) => one.type === "decimal")?.value ?? ".";
    const grouped = new Intl.NumberFormat(language).format(BigInt(whole.replace("+", "") || "0"));
    input.value = digits ? `${grouped}${point}${part.padEnd(digits, "0")}` : grouped;
  });
  input.addEventListener("input", () => {
    const wrong = input.value.trim() !== "" && readDecimal(input.value) === undefined;
    input.setCustomValidity(wrong ? text("money.wrong") : "");
  });
}

function autosize(area: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) {
    area.style.setProperty("field-sizing", "content");
    return;
  }
  const fit = (): void => {
    area.style.setProperty("block-size", "auto");
    area.style.setProperty("block-size", `${area.scrollHeight + 2}px`);
  };
  area.addEventListener("input", fit);
  fit();
}

type Suggestion = { value: string; label: string; hint?: string };

/** A reference to another object: the visible box holds its name, the hidden one of the form its value. */
class ReferenceBox {
  private readonly hidden: HTMLInputElement;
  private readonly list: HTMLElement;
  private options: Suggestion[] = [];
  private at = -1;
  private running: AbortController | undefined;

  constructor(private readonly box: HTMLInputElement) {
    this.hidden = document.createElement("input");
    this.hidden.type = "hidden";
    this.hidden.name = box.name;
    this.hidden.value = box.dataset["value"] ?? box.value;
    this.hidden.dataset["label"] = "";
    box.removeAttribute("name");
    this.list = document.createElement("div");
    this.list.className = "suggestions";
    this.list.id = `${box.id}-suggestions`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", box.labels?.[0]?.textContent?.trim() ?? "");
    this.list.hidden = true;
    box.after(this.hidden, this.list);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off",
    })) box.setAttribute(name, value);

    const search = debounce(120, () => void this.search());
    box.addEventListener("input", () => {
      this.hidden.value = box.value;
      search();
    });
    box.addEventListener("focus", () => {
      if (!box.value) search();
    });
    box.addEventListener("keydown", (event) => this.pressed(event));
    box.addEventListener("blur", () => {
      search.cancel();
      this.close();
    });
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  private async search(): Promise<void> {
    this.running?.abort();
    this.running = new AbortController();
    const url = `${address("references", this.box.dataset["reference"])}?q=${encodeURIComponent(this.box.value)}`;
    const options = await askJson<Suggestion[]>(url, this.running.signal);
    if (!options || document.activeElement !== this.box) return;
    this.options = options;
    this.at = options.length > 0 && this.box.value ? 0 : -1;
    this.draw();
  }

  private draw(): void {
    this.list.replaceChildren(...this.options.map((option, index) => {
      const line = document.createElement("div");
      line.id = `${this.list.id}-${index}`;
      line.className = "option";
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(index === this.at));
      const label = document.createElement("span");
      label.className = "cut";
      label.textContent = option.label;
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = option.hint ?? "";
      line.append(label, " ", hint);
      line.addEventListener("click", () => this.choose(option));
      return line;
    }));
    this.list.hidden = this.options.length === 0;
    this.box.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.at >= 0) this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    else this.box.removeAttribute("aria-activedescendant");
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  private choose(option: Suggestion): void {
    this.box.value = option.label;
    this.hidden.value = option.value;
    this.close();
    this.hidden.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private close(): void {
    this.options = [];
    this.at = -1;
    this.draw();
  }

  private pressed(event: KeyboardEvent): void {
    if (this.list.hidden || event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      this.at = (this.at + step + this.options.length) % this.options.length;
      this.draw();
    } else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.options[this.at] && !event.ctrlKey && !event.metaKey) this.choose(this.options[this.at]!);
    else return;
    event.preventDefault();
  }
}

/** A table of a form in which each row is an entry: another row, made from the template, with its number in names and labels. */
function rows(table: HTMLElement): void {
  const more = table.querySelector<HTMLElement>("[data-add-row]");
  const template = table.querySelector("template");
  more?.addEventListener("click", () => {
    const number = Number(table.dataset["rows"]);
    const row = document.createElement("tbody");
    row.innerHTML = template!.innerHTML.replaceAll("ROW+1", String(number + 1)).replaceAll("__ROW__", `__${number}__`);
    table.dataset["rows"] = String(number + 1);
    const added = table.querySelector("tbody")!.appendChild(row.firstElementChild as HTMLElement);
    connectIslands(added);
    added.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
  });
}

export function startFields(): void {
  island((root) => {
    each<HTMLInputElement>(root, "input[data-money]", money);
    each<HTMLTextAreaElement>(root, "textarea", autosize);
    each<HTMLInputElement>(root, "input[data-reference]", (box) => new ReferenceBox(box));
    each<HTMLElement>(root, "[data-rows]", rows);
  });
}
