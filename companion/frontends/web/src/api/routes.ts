// Made from the daemon's OpenAPI document by scripts/api.mjs. Do not edit.

import type { Route } from "./client";

/** Every action: method, path, scope, and whether a person is asked first. */
export const routes = {
  "clip.delete": ["DELETE", "/api/clips/{id}", "control", true],
  "clip.edit": ["PATCH", "/api/clips/{id}", "control"],
  "clip.end": ["POST", "/api/marks/end", "control"],
  "clip.list": ["GET", "/api/clips", "view"],
  "clip.mark": ["POST", "/api/marks", "control"],
  "clip.restore": ["POST", "/api/clips/{id}/restore", "control"],
  "clip.retry": ["POST", "/api/clips/{id}/retry", "control"],
  "clip.save": ["POST", "/api/clips", "control"],
  "clip.show": ["GET", "/api/clips/{id}", "view"],
  "clip.thumbnail": ["GET", "/api/clips/{id}/thumbnail", "view"],
  "clip.trim": ["POST", "/api/clips/{id}/trim", "control"],
  "clip.video": ["GET", "/api/clips/{id}/video", "view"],
  "obs.status": ["GET", "/api/obs/status", "view"],
  "replay.enable": ["POST", "/api/replay/enable", "control", true],
  "replay.start": ["POST", "/api/replay/start", "control"],
  "replay.status": ["GET", "/api/replay", "view"],
  "replay.stop": ["POST", "/api/replay/stop", "control"],
  "session.list": ["GET", "/api/sessions", "view"],
  "session.rename": ["PATCH", "/api/sessions/{id}", "control"],
  "session.show": ["GET", "/api/sessions/{id}", "view"],
  "session.start": ["POST", "/api/sessions", "control"],
  "session.stop": ["POST", "/api/sessions/stop", "control"],
  "settings.get": ["GET", "/api/settings", "admin"],
  "settings.set": ["PUT", "/api/settings/{name}", "admin"],
  "system.attention": ["POST", "/api/system/attention", "view"],
  "system.quit": ["POST", "/api/system/quit", "admin"],
} as const satisfies Record<string, Route>;
