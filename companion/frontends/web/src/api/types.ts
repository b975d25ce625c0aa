// The daemon's types, as the OpenAPI document gives them, under the names that the app uses.
import type { CaptionStyle } from "../overlay/view";
import type { Scope } from "./client";
import type { components, operations } from "./schema";

type Schemas = components["schemas"];
type Json<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
/** `T`, or nothing to give where the document says that there is none. */
type Given<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Parts<O> = O extends { parameters: { path?: infer P; query?: infer Q } } ? Given<P> & Given<Q> : unknown;
type Body<O> = O extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { "application/json": infer T } }
    ? Given<T>
    : unknown
  : unknown;

export type ActionName = keyof operations & string;
export type Arguments<N extends ActionName> = Parts<operations[N]> & Body<operations[N]>;
export type Answer<N extends ActionName> = operations[N]["responses"] extends { 200: infer R } ? Json<R> : undefined;

export type AuditEntry = Schemas["AuditItem"];
export type Clip = Schemas["ClipSummary"];
export type ClipWithReceipt = Answer<"clip.show">;
export type Component = Schemas["Component"];
export type DeckButton = Schemas["DeckButton"];
export type DeckPage = Schemas["DeckPage"];
export type Device = Schemas["DeviceInfo"];
export type Input = Schemas["Input"];
export type Macro = Schemas["MacroInfo"];
export type Mark = Schemas["Mark"];
export type Microphone = Schemas["Microphone"];
export type ObsStats = Schemas["ObsStatsMeasured"];
export type Offer = Schemas["PairingOffer"];
export type PairingRequest = Schemas["WaitingPhone"];
export type Segment = Schemas["Segment"];
export type Session = Schemas["Session"];
export type SessionDetail = Answer<"session.show">;
export type Setting = Schemas["Setting"];
export type SpeechModel = Schemas["ModelInfo"];
export type Studio = Schemas["StudioState"];

export interface Me {
  name: string;
  scope: Scope;
  device: number | null;
  door: string;
  version: string;
  installation: string;
}

interface WithClip {
  clip: Clip;
}

/** The events that the app listens to, by type. Some carry a row of the database, which the document leaves open. */
export interface Events {
  AuditNoted: { entry: AuditEntry };
  CaptionShown: Schemas["CaptionShown"];
  CaptionStyleChanged: { style: CaptionStyle };
  ClipAccepted: WithClip;
  ClipChanged: WithClip;
  ClipDeleted: Schemas["ClipDeleted"];
  ClipFailed: WithClip;
  ClipLengthsChanged: Schemas["ClipLengthsChanged"];
  ClipProgressed: Schemas["ClipProgressed"];
  ClipSaved: WithClip;
  ComponentChanged: Schemas["ComponentChanged"];
  DeckChanged: { pages: DeckPage[] };
  DeviceChanged: { device: Device };
  DeviceRevoked: Schemas["DeviceRevoked"];
  InstantReplayChanged: Schemas["InstantReplayChanged"];
  LanStateChanged: Schemas["LanStateChanged"];
  MacroChanged: { macro: Macro; running: boolean; step: number; outcome: string; message: string };
  MacroDeleted: Schemas["MacroDeleted"];
  MarkSet: { mark: Mark };
  MetersMeasured: Schemas["MetersMeasured"];
  MicrophoneChanged: Schemas["MicrophoneChanged"];
  MicrophoneMeasured: Schemas["MicrophoneMeasured"];
  ModelProgressed: Schemas["ModelProgressed"];
  ObsStatsMeasured: ObsStats;
  PairingChanged: { offer: Schemas["OpenOffer"] | null; requests: PairingRequest[] };
  RecordStateChanged: Schemas["RecordStateChanged"];
  RecordingReachChanged: Schemas["RecordingReachChanged"];
  ReplayStateChanged: Schemas["ReplayStateChanged"];
  SegmentTranscribed: { segment: Segment };
  SessionChanged: { session: Session };
  SettingsChanged: { values: Record<string, unknown> };
  SpeechHeard: { utterance: number; started_at: number; until: number | null; text: string };
  SpeechStateChanged: Schemas["SpeechStateChanged"];
  StreamStateChanged: Schemas["StreamStateChanged"];
  StudioChanged: { studio: Studio };
}
export type EventType = keyof Events;

export interface Message<T extends EventType = EventType> {
  id: number;
  ts: number;
  type: T;
  payload: Events[T];
}
export interface Snapshot {
  id: number;
  ts: number;
  type: "Snapshot";
  payload: {
    me: Me;
    components: Record<string, Omit<Component, "name">>;
    states: Partial<Events>;
  };
}
export type Incoming = Snapshot | Message;
