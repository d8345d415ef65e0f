/** A user agent (RFC 3261) for each exchange, and the one call that any of them brings: SIP over WebSocket, WebRTC. */

import type { PhoneOut } from "@/api/types";
import type { Registration, PhoneCall, PhoneProblem } from "./phoneCall";
import { C, UA, WebSocketInterface } from "jssip";
import type { HoldEvent, PeerConnectionEvent, RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";
import { microphone } from "./microphone";
import { Ringer } from "./ringer";

/** Hears how the telephone and its line are. */
export interface PhoneListener {
  line(server: string, how: Registration): void;
  talk(now: PhoneCall | null): void;
  trouble(what: PhoneProblem | null): void;
  now(): number;
}

const CONVERSATION = "X-Okno-Conversation";
const AGAIN_MS = 5000;
const BUSY = 486;
/** So often an idle line is tried by signing in anew. */
const EXPIRES_S = 120;
/** RFC 4733: short enough to press quickly, long enough for every exchange. */
const TONE_MS = 160;
const CAN = { pcConfig: { iceServers: [] } };

export class Agents {
  readonly #listener: PhoneListener;
  readonly #agents: UA[];
  readonly #ringer = new Ringer();
  readonly #sound = new Audio();
  #call: { session: RTCSession; agent: UA; now: PhoneCall } | null = null;

  constructor(phone: PhoneOut, listener: PhoneListener) {
    this.#listener = listener;
    this.#sound.autoplay = true;
    this.#agents = phone.servers.map((server) => this.#agent(server, phone));
    for (const agent of this.#agents) agent.start();
    addEventListener("pagehide", this.close);
    addEventListener("beforeunload", this.#asksBeforeLeaving);
  }

  readonly close = (): void => {
    removeEventListener("pagehide", this.close);
    removeEventListener("beforeunload", this.#asksBeforeLeaving);
    this.#ringer.ring(false);
    for (const agent of this.#agents) agent.stop();
  };

  ring(yes: boolean): void {
    this.#ringer.ring(yes);
  }

  tryRing(): void {
    this.#ringer.once();
  }

  answer(): void {
    const call = this.#call;
    if (call?.now.stage !== "rings") return;
    this.#tell({ stage: "joins" });
    call.session.answer({ ...CAN, mediaConstraints: { audio: microphone(), video: false } });
  }

  hangUp(): void {
    const call = this.#call;
    if (call === null) return;
    // An unanswered call is refused as busy: the hub then asks the next operator.
    call.session.terminate(call.now.stage === "talks" ? {} : { status_code: BUSY });
  }

  mute(yes: boolean): void {
    if (yes) this.#call?.session.mute({ audio: true });
    else this.#call?.session.unmute({ audio: true });
  }

  hold(yes: boolean): void {
    if (yes) this.#call?.session.hold();
    else this.#call?.session.unhold();
  }

  press(key: string): void {
    if (this.#call?.now.stage === "talks") {
      this.#call.session.sendDTMF(key, { duration: TONE_MS, transportType: C.DTMF_TRANSPORT.RFC2833 });
    }
  }

  #agent(server: string, { login, password }: PhoneOut): UA {
    const agent = new UA({
      sockets: [new WebSocketInterface(server)],
      uri: `sip:${login}@${new URL(server).hostname}`,
      password,
      register_expires: EXPIRES_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
    });
    const told = (how: Registration): void => this.#listener.line(server, how);
    told("connecting");
    agent.on("connected", () => this.#reach(agent));
    agent.on("disconnected", () => told("lost"));
    agent.on("registered", () => told("ready"));
    agent.on("unregistered", () => told("lost"));
    agent.on("registrationFailed", ({ response }) => {
      told(response?.status_code === 401 || response?.status_code === 403 ? "refused" : "lost");
      setTimeout(() => {
        if (agent.isConnected() && !agent.isRegistered()) agent.register();
      }, AGAIN_MS);
    });
    agent.on("newRTCSession", ({ session, request }: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => {
      if (this.#call === null) this.#take(agent, session, request.getHeader(CONVERSATION) ?? "");
      else session.terminate({ status_code: BUSY });
    });
    return agent;
  }

  #take(agent: UA, session: RTCSession, conversation: string): void {
    const number = session.remote_identity.uri.user ?? "";
    this.#call = { session, agent, now: { conversation, number, stage: "rings", since: 0, muted: false, held: false } };
    const over = (): void => {
      if (this.#call?.session !== session) return;
      this.#call = null;
      this.#sound.srcObject = null;
      this.#listener.talk(null);
    };
    session.on("peerconnection", ({ peerconnection }: PeerConnectionEvent) => {
      peerconnection.addEventListener("track", ({ streams, track }) => {
        this.#sound.srcObject = streams[0] ?? new MediaStream([track]);
      });
    });
    session.on("getusermediafailed", () => this.#listener.trouble("microphone"));
    session.on("confirmed", () => {
      this.#listener.trouble(null);
      this.#tell({ stage: "talks", since: this.#listener.now() });
    });
    session.on("muted", () => this.#tell({ muted: true }));
    session.on("unmuted", () => this.#tell({ muted: false }));
    session.on("hold", ({ originator }: HoldEvent) => originator === "local" && this.#tell({ held: true }));
    session.on("unhold", ({ originator }: HoldEvent) => originator === "local" && this.#tell({ held: false }));
    session.on("ended", over);
    session.on("failed", over);
    this.#tell({});
  }

  #tell(change: Partial<PhoneCall>): void {
    if (this.#call === null) return;
    this.#call.now = { ...this.#call.now, ...change };
    this.#listener.talk(this.#call.now);
  }

  /** The socket is another one now, and the network may be: the exchange is told where the talk goes on. */
  #reach(agent: UA): void {
    if (this.#call?.agent === agent && this.#call.session.isEstablished()) {
      this.#call.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
    }
  }

  readonly #asksBeforeLeaving = (event: BeforeUnloadEvent): void => {
    if (this.#call?.now.stage === "talks") event.preventDefault();
  };
}
