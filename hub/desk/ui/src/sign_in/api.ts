/** What this room asks of the hub. */

import { del, get, post, put } from "@/api/client";
import type { CredentialsIn, PasskeyAnswer, PasswordIn, Presence } from "@/api/types";

export const signIn = (who: CredentialsIn) => post("/api/session", {}, who);
export const signOut = () => del("/api/session");
export const me = () => get("/api/me");
export const changePassword = (change: PasswordIn) => post("/api/password", {}, change);
export const setPresence = (presence: Presence) => put("/api/presence", {}, { presence });
export const resetSecurity = (login: string) => post("/api/operators/{login}/security/reset", { login });
/** How one signs in oneself. */
export const security = () => get("/api/security");
export const beginAuthenticator = (password: string) => post("/api/security/authenticator", {}, { password });
export const confirmAuthenticator = (code: string) => post("/api/security/authenticator/confirm", {}, { code });
export const removeAuthenticator = (password: string) => post("/api/security/authenticator/remove", {}, { password });
export const askNewPasskey = (password: string) => post("/api/security/passkeys/ask", {}, { password });
export const addPasskey = (name: string, answer: PasskeyAnswer) => post("/api/security/passkeys", {}, { name, answer });
export const removePasskey = (id: string, password: string) => post("/api/security/passkeys/{passkey}/remove", { passkey: id }, { password });
export const ownSessions = () => get("/api/security/sessions");
export const endSession = (id: string) => del("/api/security/sessions/{session}", { session: id });
export const endOtherSessions = () => post("/api/security/sessions/end-others");
export const endSessions = (login: string) => post("/api/operators/{login}/sessions/end", { login });
/** How one may sign in here. */
export const signInMethods = () => get("/api/session/ways");
export const askPasskey = (login: string, password: string) => post("/api/session/passkey/ask", {}, { login, password });
export const signInByPasskey = (answer: PasskeyAnswer) => post("/api/session/passkey", {}, answer);
export const renewRecovery = (password: string) => post("/api/security/recovery", {}, { password });
