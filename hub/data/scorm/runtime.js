// Marks the questions of a page, and tells the learning system that shows it (SCORM 1.2 «API», SCORM 2004 «API_1484_11»).
"use strict";

const lesson = JSON.parse(document.getElementById("lesson").textContent);
const form = document.getElementById("questions");
const begun = Date.now();
const HOPS = 50;

/** The system is in a frame around this page, or has opened its window. */
function find(name) {
  for (const from of [window, window.opener]) {
    for (let at = from, hop = 0; at && hop < HOPS; at = at.parent, hop++) {
      try {
        if (at[name]) return at[name];
      } catch {
        break; // a window of somebody else
      }
      if (at.parent === at) break;
    }
  }
  return null;
}

const newer = find("API_1484_11");
const older = newer ? null : find("API");

const system = {
  begin() {
    newer?.Initialize("");
    older?.LMSInitialize("");
    if (!["completed", "passed"].includes(this.get("cmi.core.lesson_status", "cmi.completion_status"))) this.set("cmi.core.lesson_status", "cmi.completion_status", "incomplete");
    this.commit();
  },
  get: (old, name) => (newer ? newer.GetValue(name) : older ? older.LMSGetValue(old) : ""),
  set: (old, name, value) => void (newer ? name && newer.SetValue(name, String(value)) : older && old && older.LMSSetValue(old, String(value))),
  commit: () => void (newer ? newer.Commit("") : older?.LMSCommit("")),
  end() {
    const seconds = Math.round((Date.now() - begun) / 1000);
    const part = (number) => String(number).padStart(2, "0");
    const clock = `${String(Math.floor(seconds / 3600)).padStart(4, "0")}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`;
    this.set("cmi.core.session_time", "cmi.session_time", newer ? `PT${seconds}S` : clock);
    this.commit();
    newer?.Terminate("");
    older?.LMSFinish("");
  },
};

const fields = [...form.querySelectorAll("fieldset")];
if (lesson.drawn > 0) {
  for (let at = fields.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [fields[at], fields[other]] = [fields[other], fields[at]];
  }
  for (const left of fields.splice(lesson.drawn)) left.remove();
}

function marked(field, number) {
  const { right, why } = lesson.questions.find(({ key }) => key === field.dataset.key);
  const chosen = [...field.querySelectorAll("input:checked")].map(({ value }) => Number(value));
  const wanted = right.toSorted((one, two) => one - two);
  const correct = chosen.length === wanted.length && wanted.every((each) => chosen.includes(each));
  const told = field.querySelector(".why");
  told.textContent = `${correct ? "Верно." : "Неверно."} ${why}`.trim();
  told.hidden = false;
  field.classList.toggle("right", correct);
  field.classList.toggle("wrong", !correct);
  const between = newer ? "[,]" : ",";
  const at = `cmi.interactions.${number}`;
  system.set(`${at}.id`, `${at}.id`, field.dataset.key);
  system.set(`${at}.type`, `${at}.type`, "choice");
  system.set(`${at}.student_response`, `${at}.learner_response`, chosen.join(between));
  system.set(`${at}.correct_responses.0.pattern`, `${at}.correct_responses.0.pattern`, wanted.join(between));
  system.set(`${at}.result`, `${at}.result`, correct ? "correct" : newer ? "incorrect" : "wrong");
  return correct;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const result = document.getElementById("result");
  if (fields.length === 0) {
    system.set("cmi.core.lesson_status", "cmi.completion_status", "completed");
    result.textContent = "Отмечено как прочитанное.";
  } else {
    const percent = Math.round((100 * fields.filter(marked).length) / fields.length);
    const passed = percent >= lesson.needed;
    system.set("cmi.core.score.min", "cmi.score.min", 0);
    system.set("cmi.core.score.max", "cmi.score.max", 100);
    system.set("cmi.core.score.raw", "cmi.score.raw", percent);
    system.set("", "cmi.score.scaled", percent / 100);
    system.set("", "cmi.success_status", passed ? "passed" : "failed");
    system.set("cmi.core.lesson_status", "cmi.completion_status", newer ? "completed" : passed ? "passed" : "failed");
    result.textContent = passed ? `Верно: ${percent} %. Зачтено.` : `Верно: ${percent} %. Нужно: ${lesson.needed} %. Перечитайте урок и ответьте ещё раз.`;
  }
  if (!newer && !older) result.textContent += " Учебной системы вокруг страницы нет: результат никуда не записан.";
  system.commit();
});

system.begin();
window.addEventListener("pagehide", () => system.end());
