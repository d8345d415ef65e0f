/** Where the citizen writes: text, files on their way, and the send button. */

import { LONGEST_TEXT, MOST_FILES, type Chat } from "./chat";
import { h, icon, ICONS } from "./dom";
import type { Attachment } from "./frames";
import { humanSize } from "./messages";
import { reason, type Texts } from "./texts";
import { LARGEST_BYTES, upload, type Upload } from "./upload";

/** From here on the reader is told how much is left. */
const COUNTER_SHOWN_FROM = 500;

interface Chip {
  element: HTMLElement;
  upload?: Upload;
  stored?: Attachment;
  failed?: boolean;
}

export class Composer {
  readonly element: HTMLFormElement;
  readonly tray = h("ul", { class: "tray", hidden: true });
  private readonly area: HTMLTextAreaElement;
  private readonly count = h("p", { class: "count", role: "status", hidden: true });
  private readonly sendButton: HTMLButtonElement;
  private readonly picker: HTMLInputElement;
  private chips: Chip[] = [];

  constructor(
    private readonly t: Texts,
    private readonly chat: Chat,
    private readonly hub: string,
    private readonly said: () => void,
  ) {
    this.area = h("textarea", {
      rows: "1",
      "aria-label": t.message,
      placeholder: t.placeholder,
      enterkeyhint: "send",
      autocomplete: "off",
      "data-test": "composer",
      input: () => this.typed(),
      keydown: (event: KeyboardEvent) => this.pressed(event),
      paste: (event: ClipboardEvent) => this.pasted(event),
    });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, change: () => this.picked() });
    const label = { type: "button", class: "round attach", "aria-label": t.attach, title: t.attach, "data-test": "attach" };
    const attach = h("button", { ...label, click: () => this.picker.click() }, icon(ICONS.attach));
    this.sendButton = h(
      "button",
      { class: "round send", "aria-label": t.send, title: t.send, "data-test": "send" },
      icon(ICONS.send),
    );
    const submit = (event: Event) => {
      event.preventDefault();
      this.submit();
    };
    const line = h("div", { class: "line" }, attach, this.picker, this.area, this.sendButton);
    this.area.value = chat.draft;
    this.element = h("form", { class: "composer", submit }, this.tray, this.count, line);
    this.refresh();
  }

  focus(): void {
    this.area.focus({ preventScroll: true });
  }

  /** Puts a refused text back, before what is being written. */
  restore(text: string): void {
    this.area.value = [text, this.area.value].filter(Boolean).join("\n");
    this.refresh();
    this.focus();
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      const chip: Chip = { element: h("li") };
      this.chips.push(chip);
      this.tray.append(chip.element);
      this.begin(chip, file);
    }
    this.refresh();
  }

  private begin(chip: Chip, file: File): void {
    const { t } = this;
    chip.failed = false;
    if (this.chips.length > MOST_FILES) return this.fail(chip, file, t.refused_too_many_files);
    if (file.size > LARGEST_BYTES) return this.fail(chip, file, t.upload_413);
    if (!file.size) return this.fail(chip, file, t.upload_empty);
    const bar = h("progress", { max: "1", value: "0", "aria-label": `${t.uploading}: ${file.name}` });
    this.draw(chip, file, bar);
    chip.upload = upload(this.hub, this.chat.connection.token, file, (share) => (bar.value = share));
    chip.upload.done
      .then((stored) => {
        chip.stored = stored;
        this.draw(chip, file, h("small", { role: "status" }, `${t.attached} · ${humanSize(file.size, t)}`));
      })
      .catch((status: number) => this.fail(chip, file, reason(t, "upload", status), status !== 413 && status !== 415))
      .finally(() => this.refresh());
    this.refresh();
  }

  private fail(chip: Chip, file: File, why: string, again = false): void {
    chip.failed = true;
    const retry = h("button", { type: "button", class: "again", click: () => this.begin(chip, file) }, this.t.again);
    this.draw(chip, file, h("small", { class: "bad", role: "alert" }, why), again && retry);
  }

  private draw(chip: Chip, file: File, ...state: (Node | false)[]): void {
    const label = this.t.remove(file.name);
    chip.element.replaceChildren(
      icon(ICONS.file),
      h("div", {}, h("b", {}, file.name), ...state),
      h(
        "button",
        { type: "button", class: "round", "aria-label": label, title: label, click: () => this.remove(chip) },
        icon(ICONS.close),
      ),
    );
  }

  private remove(chip: Chip): void {
    chip.upload?.abort();
    chip.element.remove();
    this.chips = this.chips.filter((one) => one !== chip);
    this.refresh();
    this.focus();
  }

  private picked(): void {
    this.add(this.picker.files ?? []);
    // So that the same file can be picked again.
    this.picker.value = "";
    this.focus();
  }

  private pasted(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.add(files);
  }

  private typed(): void {
    this.refresh();
    this.chat.draft = this.area.value;
    if (this.area.value) this.chat.notifyTyping();
  }

  private pressed(event: KeyboardEvent): void {
    // While an input method is composing, Enter only accepts its word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  private ready(): boolean {
    const { length } = this.area.value.trim();
    const files = this.chips.filter(({ failed }) => !failed);
    return length <= LONGEST_TEXT && length + files.length > 0 && files.every(({ stored }) => stored);
  }

  private submit(): void {
    if (!this.ready()) return;
    const files = this.chips.flatMap(({ stored }) => stored ?? []);
    this.chat.send(this.area.value.trim(), files);
    this.area.value = "";
    this.chat.draft = "";
    // A file that failed stays in sight: it has not been sent.
    this.chips = this.chips.filter(({ failed }) => failed);
    this.tray.replaceChildren(...this.chips.map(({ element }) => element));
    this.refresh();
    this.said();
  }

  private refresh(): void {
    const { area, t } = this;
    this.tray.hidden = !this.chips.length;
    // Not `disabled`, which would take the focus away from under the reader's finger.
    this.sendButton.setAttribute("aria-disabled", String(!this.ready()));
    const left = LONGEST_TEXT - area.value.trim().length;
    this.count.hidden = left > COUNTER_SHOWN_FROM;
    this.count.classList.toggle("bad", left < 0);
    this.count.textContent = left > COUNTER_SHOWN_FROM ? "" : left < 0 ? t.tooLong(LONGEST_TEXT - left, LONGEST_TEXT) : t.left(left);
    if (CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }
}
