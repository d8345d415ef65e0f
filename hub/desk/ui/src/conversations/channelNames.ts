import { channelFamily } from "@/ui/icons";
import { titleOf } from "./channelTitles";
import { words } from "@/words";

/** `messenger.max` has a name of its own; of `sms.smpp` it is enough that it is an SMS; parts of the hub are listed beside.
 *  What has no words here is called as its driver calls it. */
export function channelName(channel: string): string {
  const { t, te } = words.global;
  const name = [`carrier.${channel}`, `channel.${channelFamily(channel)}`, `part.${channel}`].find((key) => te(key));
  return name === undefined ? (titleOf(channel)?.title ?? channel) : t(name);
}

/** `sms.smpp` and `sms.http` are both SMS. */
export function channelFamilyName(channel: string): string {
  const { t, te } = words.global;
  const key = `channel.${channelFamily(channel)}`;
  return te(key) ? t(key) : (titleOf(channelFamily(channel))?.title ?? channel);
}

/** `+7 916 123-45-21`; what is no Russian number stays as it is. */
export function addressText(address: string): string {
  return address.replace(/^(\+7)(\d{3})(\d{3})(\d{2})(\d{2})$/u, "$1\u00A0$2\u00A0$3\u2011$4\u2011$5");
}
