/** Line icons on a field of 20 × 20. */
export const PATHS = {
  mine: "M3 11l2.2-6.2A1.2 1.2 0 0 1 6.3 4h7.4c.5 0 1 .3 1.1.8L17 11v4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-4zM3 11h4l1 2h4l1-2h4",
  waiting: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6v4l2.5 2",
  promised: "M4.500 3.500h3l1.200 3.300-1.700 1.300a9 9 0 0 0 4.400 4.400l1.300-1.700 3.300 1.200v3A1.500 1.500 0 0 1 14.500 16.500C8.500 16.500 3.500 11 3.500 5a1.500 1.500 0 0 1 1-1.500zM12 3.500h4.500V8M16.500 3.500l-5 5",
  held: "M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c.4-2.6 2.4-4 5-4s4.6 1.4 5 4M12.5 4.4a2.5 2.5 0 0 1 0 4.8M14.5 12.3c1.6.6 2.7 1.9 3 3.7",
  recent: "M4 5h12M4 10h12M4 15h8",
  archive: "M3 4h14v3.5H3zM4 7.5V15a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7.5M8 11h4",
  figures: "M3 16.500h14M5 13.500V9M8.500 13.500V4.500M12 13.500V7M15.500 13.500v-3",
  articles: "M4 4.5A1.5 1.5 0 0 1 5.5 3H16v14H5.5A1.5 1.5 0 0 1 4 15.5zM4 15.5A1.5 1.5 0 0 1 5.5 14H16M7.5 6.5h5M7.5 9.5h3",
  announcements: "M3 8v4h2.500l7 4V4l-7 4zM15.500 8a3 3 0 0 1 0 4M6 12l1 4.500h2",
  notices: "M10 3a4.500 4.500 0 0 1 4.500 4.500v3.500l1.500 2.500H4L5.500 11V7.500A4.500 4.500 0 0 1 10 3zM8.300 16a1.800 1.800 0 0 0 3.400 0",
  operators: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 16.5c.5-3 2.9-4.6 6-4.6s5.500 1.600 6 4.600",
  audit: "M5 3h10v14l-2.500-1.500L10 17l-2.500-1.500L5 17zM8 7h4M8 10.500h4",
  web: "M3 5.500A1.500 1.500 0 0 1 4.500 4h11A1.500 1.500 0 0 1 17 5.500v7a1.500 1.500 0 0 1-1.500 1.500H9l-4 3v-3h-.5A1.500 1.500 0 0 1 3 12.500z",
  form: "M5 2.500h10v15H5zM7.500 6h5M7.500 9h5M7.500 12h2.500",
  hook: "M7 2.500v4M13 2.500v4M5 6.500h10v3a5 5 0 0 1-10 0zM10 14.500v3",
  max: "M10 3a7 7 0 1 1-3.500 13.100L3 17l.900-3.500A7 7 0 0 1 10 3zM7 12.500v-5l3 3 3-3v5",
  vk: "M5 3h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM6 7.500c.500 3 2 5 4.500 5v-5M14 7.500c-.500 1.500-1.500 2.300-3.500 2.500 1.500 0 3 .800 3.500 2.500",
  messenger: "M17 3.500L3 9l4.500 2L15 6l-5.500 6.200L14.500 16z",
  sms: "M6.500 2.500h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2",
  email: "M3 5h14v10H3zM3 5.500l7 5 7-5",
  voice: "M4.500 3.500h3l1.200 3.300-1.700 1.300a9 9 0 0 0 4.400 4.400l1.300-1.700 3.300 1.200v3A1.500 1.500 0 0 1 14.500 16.500C8.500 16.500 3.500 11 3.500 5a1.500 1.500 0 0 1 1-1.500z",
  fax: "M6 7V3h8v4M6 14H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h12a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1h-2M6 12h8v5H6z",
  channels: "M4.500 14.500a7.500 7.500 0 0 1 0-9M15.500 5.500a7.500 7.500 0 0 1 0 9M7 12a4 4 0 0 1 0-4M13 8a4 4 0 0 1 0 4M10 10v7.500M10 10h.01",
  search: "M9 3.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11zM13 13l4 4",
  transfer: "M3 7h11M11 4l3 3-3 3M17 13H6M9 10l-3 3 3 3",
  close: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM7 10.200l2.100 2.100L13 8",
  back: "M12 4l-6 6 6 6",
  forward: "M8 4l6 6-6 6",
  down: "M5 8l5 5 5-5",
  menu: "M3 5h14M3 10h14M3 15h14",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4.500v11M13 4.500v11",
  back10: "M4.500 6.500V3M4.500 6.500H8M4.800 6.300A6.500 6.500 0 1 1 3.500 10.500",
  ahead10: "M15.500 6.500V3M15.500 6.500H12M15.200 6.300A6.500 6.500 0 1 0 16.500 10.500",
  cross: "M5 5l10 10M15 5L5 15",
  check: "M4 10.500l4 4 8-9",
  plus: "M10 4v12M4 10h12",
  edit: "M4 16l.8-3.300 8.500-8.500a1.400 1.400 0 0 1 2 0l.5.5a1.400 1.400 0 0 1 0 2L7.300 15.200z",
  bin: "M4 6h12M8 6V4h4v2M5.500 6l.7 10.500h7.600L14.500 6M8.500 9v5M11.500 9v5",
  file: "M5 2.500h6.500L15 6v11.500H5zM11.500 2.500V6H15",
  download: "M10 3v9M6.500 9L10 12.500 13.500 9M4 16h12",
  send: "M3.500 10L17 3.500l-4 13.500-3-5.500zM10 11.500l3-3.500",
  person: "M10 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 16.500c.5-3 2.900-4.600 6-4.600s5.500 1.600 6 4.600",
  details: "M3 4h14v12H3zM12.500 4v12",
  copy: "M7 7h9v9H7zM13 7V4H4v9h3",
  seen: "M1.500 10.500l3.500 3.500 7-8M9 13l1 1 8-8.500",
  dots: "M4.500 10h.01M10 10h.01M15.500 10h.01",
  key: "M5.500 9h9v7.500h-9zM7 9V6.500a3 3 0 0 1 6 0V9M10 12v1.500",
  offline: "M3 3l14 14M5.500 9a7 7 0 0 1 2-1.300M10.500 7a7 7 0 0 1 4 2M7.800 12a3.500 3.500 0 0 1 4.400 0M10 15h.01",
  info: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 9v4.500M10 6.500h.01",
} as const;

export type IconName = keyof typeof PATHS;

const CHANNELS: ReadonlySet<string> = new Set(["web", "messenger", "sms", "email", "voice", "fax"]);

const CARRIERS: Readonly<Record<string, IconName>> = { "web.form": "form", "web.hook": "hook", "messenger.max": "max", "messenger.vk": "vk" };

/** `messenger.max` has its own; `sms.smpp` is an SMS. */
export function channelIcon(channel: string): IconName {
  const own = CARRIERS[channel];
  if (own !== undefined) return own;
  const family = channelFamily(channel);
  return CHANNELS.has(family) ? (family as IconName) : "web";
}

export const channelFamily = (channel: string): string => channel.split(".")[0] ?? channel;
