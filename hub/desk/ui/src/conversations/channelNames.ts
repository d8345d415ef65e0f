import { channelFamily } from "@/ui/icons";
import { words } from "@/words";

/** `messenger.max` has a name of its own; of `sms.smpp` it is enough that it is an SMS; parts of the hub are listed beside. */
export function channelWords(channel: string): string {
  const { t, te } = words.global;
  const name = [`carrier.${channel}`, `channel.${channelFamily(channel)}`, `part.${channel}`].find((key) => te(key));
  return name === undefined ? channel : t(name);
}

/** `+7 916 123-45-21`; what is no Russian number stays as it is. */
export function addressText(address: string): string {
  return address.replace(/^(\+7)(\d{3})(\d{3})(\d{2})(\d{2})$/u, "$1\u00A0$2\u00A0$3\u2011$4\u2011$5");
}
