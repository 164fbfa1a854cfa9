import { baseKeymap, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { DOMParser as ModelParser, DOMSerializer, type MarkType, type Node as ModelNode, type NodeType, Schema } from "prosemirror-model";
import { nodes as basicNodes, marks as basicMarks } from "prosemirror-schema-basic";
import { addListNodes, liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { type Command, EditorState, TextSelection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { type Editor, paragraphs } from "./paragraphs";

/** Formatted text for mails: paragraphs, lists, quotes, bold, italic and links, and nothing a mail reader could trip over. */

type Wishes = { label: string; language: string; describedBy: string; html: string; changed(): void; asked(command: "link"): string | null };

const { doc, paragraph, blockquote, text, hard_break } = basicNodes;
const plain = new Schema({ nodes: { doc, paragraph, blockquote, text, hard_break }, marks: { strong: basicMarks.strong, em: basicMarks.em, link: basicMarks.link } });
const schema = new Schema({ nodes: addListNodes(plain.spec.nodes, "paragraph block*", "block"), marks: plain.spec.marks });
const node = (name: string): NodeType => schema.nodes[name]!;
const mark = (name: string): MarkType => schema.marks[name]!;
const safe = /^(https?:|mailto:|tel:)/i;

function read(html: string): ModelNode {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const link of parsed.querySelectorAll("a")) if (!safe.test(link.getAttribute("href") ?? "")) link.replaceWith(...link.childNodes);
  return ModelParser.fromSchema(schema).parse(parsed.body);
}

function inWords(block: ModelNode): string {
  if (block.type === node("bullet_list") || block.type === node("ordered_list")) {
    const start = Number(block.attrs["order"] ?? 1);
    return items(block).map((item, at) => {
      const sign = block.type === node("bullet_list") ? "- " : `${start + at}. `;
      return sign + items(item).map(inWords).join("\n").replaceAll("\n", `\n${" ".repeat(sign.length)}`);
    }).join("\n");
  }
  if (block.type === node("blockquote")) return items(block).map(inWords).join("\n\n").replace(/^/gm, "> ");
  let words = "";
  block.forEach((inline) => {
    if (inline.type === node("hard_break")) words += "\n";
    const address = inline.marks.find((one) => one.type === mark("link"))?.attrs["href"] as string | undefined;
    const said = inline.text ?? "";
    words += address && address !== said && address !== `mailto:${said}` ? `${said} (${address.replace(/^mailto:/, "")})` : said;
  });
  return words;
}

function items(of: ModelNode): ModelNode[] {
  const found: ModelNode[] = [];
  of.forEach((one) => found.push(one));
  return found;
}

const inList = (state: EditorState): boolean => {
  for (let depth = state.selection.$from.depth; depth > 0; depth--) if (state.selection.$from.node(depth).type === node("list_item")) return true;
  return false;
};
const listed = (kind: string): Command => (state, dispatch) =>
  inList(state) ? liftListItem(node("list_item"))(state, dispatch) : wrapInList(node(kind))(state, dispatch);
const quoted: Command = (state, dispatch) => {
  for (let depth = state.selection.$from.depth; depth > 0; depth--) if (state.selection.$from.node(depth).type === node("blockquote")) return lift(state, dispatch);
  return wrapIn(node("blockquote"))(state, dispatch);
};

function linked(ask: () => string | null): Command {
  return (state, dispatch) => {
    const { from, to, empty } = state.selection;
    const link = mark("link");
    if (state.doc.rangeHasMark(from, to, link)) return toggleMark(link)(state, dispatch);
    if (!dispatch) return true;
    const typed = (ask() ?? "").trim();
    if (!typed) return true;
    const href = safe.test(typed) ? typed : typed.includes("@") ? `mailto:${typed}` : `https://${typed}`;
    if (empty) dispatch(state.tr.replaceSelectionWith(schema.text(typed, [link.create({ href })]), false));
    else dispatch(state.tr.addMark(from, to, link.create({ href })));
    return true;
  };
}

function commands(ask: () => string | null): Record<string, Command> {
  return {
    strong: toggleMark(mark("strong")),
    em: toggleMark(mark("em")),
    bullets: listed("bullet_list"),
    numbers: listed("ordered_list"),
    quote: quoted,
    link: linked(ask),
    plain: setBlockType(node("paragraph")),
    undo,
    redo,
  };
}

/** Opens an editor in `place`; buttons of the toolbar are named by data-format. */
export function openEditor(place: HTMLElement, toolbar: HTMLElement, wishes: Wishes): Editor {
  const known = commands(() => wishes.asked("link"));
  const newLine: Command = (state, dispatch) => {
    dispatch?.(state.tr.replaceSelectionWith(node("hard_break").create()).scrollIntoView());
    return true;
  };
  const keys = {
    "Mod-b": known["strong"]!, "Mod-i": known["em"]!, "Mod-Shift-8": known["bullets"]!, "Mod-Shift-7": known["numbers"]!,
    "Mod-Shift-9": quoted, "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo, "Shift-Enter": newLine,
    Enter: splitListItem(node("list_item")), "Mod-]": sinkListItem(node("list_item")), "Mod-[": liftListItem(node("list_item")),
    "Mod-Enter": (): boolean => false,
  };
  // Ctrl/⌘ Enter sends, as everywhere.
  const { "Mod-Enter": _sends, ...base } = baseKeymap;
  const plugins = [history(), keymap(keys), keymap(base)];
  const fresh = (html: string): EditorState => EditorState.create({ doc: read(html), plugins });
  const view = new EditorView(place, {
    state: fresh(wishes.html),
    attributes: {
      role: "textbox", "aria-multiline": "true", "aria-label": wishes.label, "aria-describedby": wishes.describedBy,
      lang: wishes.language, spellcheck: "true", class: "rich",
    },
    dispatchTransaction: (change) => {
      view.updateState(view.state.apply(change));
      showState();
      if (change.docChanged) wishes.changed();
    },
  });
  const buttons = [...toolbar.querySelectorAll<HTMLButtonElement>("[data-format]")];
  const showState = (): void => {
    const { from, to, $from, empty } = view.state.selection;
    for (const button of buttons) {
      const kind = mark(button.dataset["format"] ?? "") as MarkType | undefined;
      if (kind) {
        const on = empty ? Boolean(kind.isInSet(view.state.storedMarks ?? $from.marks())) : view.state.doc.rangeHasMark(from, to, kind);
        button.setAttribute("aria-pressed", String(on));
      }
    }
  };
  /** What could not be filled in is marked, to be written by hand. */
  const toGap = (from: number): void => {
    let found: [number, number] | undefined;
    view.state.doc.nodesBetween(from - 1, view.state.doc.content.size, (one, at) => {
      const gap = found ? null : /⟦[^⟦⟧]*⟧/.exec(one.text ?? "");
      if (gap) found = [at + gap.index, at + gap.index + gap[0].length];
    });
    if (found) view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, ...found)));
  };
  const pressed = (event: Event): void => {
    const name = (event.target as Element).closest<HTMLElement>("[data-format]")?.dataset["format"];
    if (!name || !known[name]) return;
    known[name](view.state, view.dispatch, view);
    view.focus();
  };
  toolbar.addEventListener("click", pressed);
  return {
    html: () => {
      const holder = document.createElement("div");
      holder.append(DOMSerializer.fromSchema(schema).serializeFragment(view.state.doc.content));
      return view.state.doc.textContent.trim() ? holder.innerHTML : "";
    },
    text: () => items(view.state.doc).map(inWords).join("\n\n").trimEnd(),
    isEmpty: () => view.state.doc.textContent.trim() === "",
    replace: (html) => view.updateState(fresh(html)),
    insert: (words, html) => {
      const begun = view.state.selection.from;
      const inner = read(html || paragraphs(words));
      // One paragraph goes into the line being written; more stand by themselves.
      const change = inner.childCount === 1 && inner.firstChild?.type === node("paragraph")
        ? view.state.tr.replaceWith(view.state.selection.from, view.state.selection.to, inner.firstChild.content)
        : view.state.tr.replaceSelection(inner.slice(0));
      view.dispatch(change.scrollIntoView());
      toGap(begun);
      view.focus();
    },
    before: () => {
      const { $from } = view.state.selection;
      return $from.parent.textBetween(0, $from.parentOffset, "\n", "\n");
    },
    takeBack: (letters) => {
      const { from } = view.state.selection;
      view.dispatch(view.state.tr.delete(from - letters, from));
    },
    focus: () => view.focus(),
    destroy: () => {
      toolbar.removeEventListener("click", pressed);
      view.destroy();
    },
  };
}
