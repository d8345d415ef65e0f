import { shallowRef } from "vue";

/** The same width as in ConversationPane's style: from here on the citizen's pane has a column of its own. */
const query = matchMedia("(width >= 80rem)");

export const isWide = shallowRef(query.matches);

query.addEventListener("change", ({ matches }) => {
  isWide.value = matches;
});
