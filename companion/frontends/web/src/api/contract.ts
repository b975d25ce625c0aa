// What the daemon is agreed to offer and the OpenAPI document does not describe yet. An action that it does describe
// wins over the one here.
import type { Clip, Component, Mark, Replay, Session } from "./types";
import type { Route, Scope } from "./client";

export interface Me {
  name: string;
  scope: Scope;
  device: string | number | null;
  door: string;
  version: string;
  installation: string;
}

export interface SceneItem {
  id: number;
  source: string;
  visible: boolean;
  kind: string;
  group: string | null;
}
export interface Scene {
  name: string;
  items: SceneItem[];
}
export interface Media {
  state: string;
  position_ms: number | null;
  duration_ms: number | null;
}
export interface Input {
  name: string;
  kind: string;
  muted: boolean | null;
  volume_db: number | null;
  has_audio: boolean;
  media: Media | null;
  filters: { name: string; on: boolean }[];
}
export interface Studio {
  connected: boolean;
  studio_mode: boolean;
  program: string | null;
  preview: string | null;
  transition: string | null;
  transitions: string[];
  scenes: Scene[];
  inputs: Input[];
  camera: { active: boolean };
  profile: string | null;
  profiles: string[];
  collection: string | null;
  collections: string[];
}

export interface Offer {
  id: string | number;
  url: string;
  code: string;
  expires_at: number;
  fingerprint: string;
  qr_svg: string;
  qr_text: string;
}
export interface PairingRequest {
  id: string | number;
  name: string;
  number: string;
  address: string;
  asked_at: number;
}
export interface Pairing {
  offer: Offer | null;
  requests: PairingRequest[];
}
export interface Device {
  id: string | number;
  name: string;
  scope: Scope;
  created_at: string;
  last_seen_at: string | null;
  last_address: string | null;
  online: boolean;
  revoked_at: string | null;
}
export interface AuditEntry {
  id: number;
  at: string;
  kind: string;
  actor: string;
  door: string;
  address: string;
  what: string;
  outcome: string;
}
export interface DeckButton {
  id: string;
  label: string;
  icon: string;
  colour: string;
  action: string;
  arguments: Record<string, unknown>;
}
export interface DeckPage {
  name: string;
  buttons: DeckButton[];
}
export interface Deck {
  pages: DeckPage[];
}
export interface MacroStep {
  action: string;
  arguments: Record<string, unknown>;
  wait: number;
}
export interface Macro {
  id: number;
  name: string;
  steps: MacroStep[];
}
export interface ObsStats {
  cpu_percent: number;
  memory_mb: number;
  fps: number;
  render_lagged_frames: number;
  render_total_frames: number;
  output_skipped_frames: number;
  output_total_frames: number;
  free_disk_mb: number;
  frame_render_ms: number;
  stream_congestion: number | null;
  stream_dropped_frames: number | null;
  stream_total_frames: number | null;
  stream_kbps: number | null;
}

interface Act<A, R> {
  arguments: A;
  answer: R;
}
type None = Record<never, never>;

/** Actions by name, until the generated types have them. */
export interface Planned {
  "audit.list": Act<{ before?: number; limit?: number }, { items: AuditEntry[]; total: number }>;
  "clip.restore": Act<{ id: number }, Clip>;
  "clip.trim": Act<{ id: number; start: number; end: number; title?: string }, Clip>;
  "clip.play": Act<{ id: number }, unknown>;
  "deck.show": Act<None, Deck>;
  "deck.save": Act<{ pages: DeckPage[] }, Deck>;
  "device.list": Act<None, Device[]>;
  "device.edit": Act<{ id: Device["id"]; name?: string; scope?: Scope }, Device>;
  "device.revoke": Act<{ id: Device["id"] }, undefined>;
  "device.revoke_all": Act<None, undefined>;
  "input.mute": Act<{ name: string; muted?: boolean | null }, unknown>;
  "input.volume": Act<{ name: string; db: number }, unknown>;
  "item.show": Act<{ scene: string; item_id: number; visible: boolean }, unknown>;
  "lan.show": Act<None, { on: boolean; totp?: boolean }>;
  "lan.switch": Act<{ on: boolean }, unknown>;
  "macro.list": Act<None, Macro[]>;
  "pairing.start": Act<None, Offer>;
  "pairing.show": Act<None, Pairing>;
  "pairing.allow": Act<{ id: PairingRequest["id"]; scope: Scope }, unknown>;
  "pairing.deny": Act<{ id: PairingRequest["id"] }, unknown>;
  "pairing.stop": Act<None, unknown>;
  "record.start": Act<None, unknown>;
  "record.stop": Act<None, unknown>;
  "record.pause": Act<None, unknown>;
  "record.resume": Act<None, unknown>;
  "scene.switch": Act<{ name: string }, unknown>;
  "scene.preview": Act<{ name: string }, unknown>;
  "stream.start": Act<None, unknown>;
  "stream.stop": Act<None, unknown>;
  "studio.mode": Act<{ on: boolean }, unknown>;
  "studio.show": Act<None, Studio>;
  "studio.stats": Act<None, { items: { at: number; stats: ObsStats }[] }>;
  "totp.set_up": Act<None, { uri: string; qr_svg: string }>;
  "totp.confirm": Act<{ code: string }, unknown>;
  "totp.remove": Act<{ code: string }, unknown>;
  "studio.transition": Act<None, unknown>;
}

/** The events that the app listens to, by type. */
export interface Events {
  AuditNoted: { entry: AuditEntry };
  ClipAccepted: { clip: Clip };
  ClipChanged: { clip: Clip };
  ClipDeleted: { clip_id: number };
  ClipFailed: { clip: Clip };
  ClipProgressed: { clip_id: number; step: string; fraction: number };
  ClipSaved: { clip: Clip };
  ComponentChanged: { component: Component };
  DeviceChanged: { device: Device };
  DeviceRevoked: { device_id: Device["id"]; reason: string };
  LanStateChanged: Record<string, unknown>;
  DeckChanged: { pages: DeckPage[] };
  InstantReplayChanged: { clip_id: number | null };
  MacroChanged: { macro: Macro; running: boolean; step: number; outcome: string; message: string };
  MacroDeleted: { macro_id: number };
  MarkSet: { mark: Mark };
  MetersMeasured: { inputs: Record<string, number[]> };
  ObsStatsMeasured: ObsStats;
  PairingChanged: Pairing;
  RecordStateChanged: { active: boolean; paused: boolean; path: string; since?: number | null; paused_at?: number | null };
  ReplayStateChanged: Replay;
  SessionChanged: { session: Session };
  SettingsChanged: { values: Record<string, unknown> };
  StreamStateChanged: { active: boolean; reconnecting: boolean; since?: number | null };
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
export type { Route };
