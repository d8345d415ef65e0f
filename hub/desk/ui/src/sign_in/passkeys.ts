/** Passkeys as the browser makes and shows them; what they are worth is judged by the hub. */

import * as api from "./api";
import type { PasskeyAnswer } from "@/api/types";

/** Not without HTTPS, and not in browsers from before 2025. */
export const isSupported = typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Whoever changes his mind makes or shows none. */
async function answered(asking: Promise<Credential | null>): Promise<PasskeyAnswer | null> {
  try {
    const credential = (await asking) as PublicKeyCredential | null;
    return (credential?.toJSON() ?? null) as PasskeyAnswer | null;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

export async function createPasskey(password: string): Promise<PasskeyAnswer | null> {
  const { options } = await api.askNewPasskey(password);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON);
  return answered(navigator.credentials.create({ publicKey }));
}

/** Alone, where login and password are "". */
export async function usePasskey(login: string, password: string): Promise<PasskeyAnswer | null> {
  const { options } = await api.askPasskey(login, password);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON);
  return answered(navigator.credentials.get({ publicKey }));
}
