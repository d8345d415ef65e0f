import type { ru } from "./words.ru";

export const en: typeof ru = {
  connection: {
    lost: "No connection to the server, reconnecting.",
    unsent: "{n} message will be sent when it is back. | {n} messages will be sent when it is back.",
  },
};
