// The query page's editor: CodeMirror in place of the text area, which stays what the form sends.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { cypher } from "@codemirror/legacy-modes/mode/cypher";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const modes = { sparql: StreamLanguage.define(sparql), cypher: StreamLanguage.define(cypher) };

const theme = EditorView.theme({
  "&": { fontSize: ".9rem", minHeight: "19rem", maxHeight: "70vh" },
  "&.cm-focused": { outline: ".15rem solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { padding: ".6rem 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 .8rem" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "var(--accent-soft)",
  },
  "&.cm-focused .cm-matchingBracket": { background: "var(--mark)" },
  ".cm-tooltip": { background: "var(--raised)", border: "1px solid var(--line)", color: "var(--text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".15rem .6rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent)", color: "var(--ground)" },
  ".cm-completionDetail": { marginLeft: ".8em", fontStyle: "normal", opacity: ".75" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--warn)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

async function offerTerms(text) {
  const reply = await fetch(`/complete?q=${encodeURIComponent(text)}`);
  if (!reply.ok) return [];
  return (await reply.json()).map((term) => ({
    label: term.id,
    displayLabel: term.name,
    detail: term.name === term.label ? term.kind : `${term.label}, ${term.kind}`,
  }));
}

function offer(words, language) {
  return async (context) => {
    const said = context.matchBefore(language === "sparql" ? /d1m:\w*/ : /:\w*/);
    if (said) return { from: said.from, options: words.map((label) => ({ label })), validFor: /^[\w:]*$/ };
    const name = context.matchBefore(/[\p{L}][\p{L}\d_-]*/u);
    if (!context.explicit || !name) return null;
    const options = await offerTerms(name.text);
    return options.length ? { from: name.from, options, filter: false } : null;
  };
}

const area = document.getElementById("query");
const form = area.form;
const words = JSON.parse(area.dataset.words);
const chosen = () => form.elements.language.value;
const language = new Compartment();
const speak = (name) => [modes[name], autocompletion({ override: [offer(words[name], name)], icons: false })];

function run(view) {
  area.value = view.state.doc.toString();
  form.requestSubmit();
  return true;
}

const view = new EditorView({
  state: EditorState.create({
    doc: area.value,
    extensions: [
      EditorView.cspNonce.of(area.dataset.nonce),
      EditorView.contentAttributes.of({ "aria-label": "Query", spellcheck: "false" }),
      EditorView.lineWrapping,
      highlightSpecialChars(),
      history(),
      drawSelection(),
      bracketMatching(),
      closeBrackets(),
      syntaxHighlighting(colours),
      theme,
      keymap.of([
        { key: "Mod-Enter", run },
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
      language.of(speak(chosen())),
    ],
  }),
});
area.hidden = true;
area.required = false;
area.after(view.dom);
form.addEventListener("submit", () => {
  area.value = view.state.doc.toString();
});
// an example that was not changed goes over into the other language
const texts = JSON.parse(area.dataset.texts);
const isExample = () => Object.values(texts).some((text) => text.trim() === view.state.doc.toString().trim());
for (const radio of form.elements.language) {
  radio.addEventListener("change", () => {
    const changes = isExample() ? { from: 0, to: view.state.doc.length, insert: texts[chosen()] } : undefined;
    view.dispatch({ effects: language.reconfigure(speak(chosen())), changes });
  });
}
