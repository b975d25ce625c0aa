// Made from the daemon's OpenAPI document by scripts/api.mjs. Do not edit.
export interface paths {
    "/api/clips": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List clips, newest first. */
        get: operations["clip.list"];
        put?: never;
        /** Save the last seconds, and some more from now on, as a clip. */
        post: operations["clip.save"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one clip with its receipt. */
        get: operations["clip.show"];
        put?: never;
        post?: never;
        /** Delete a clip: its file, its thumbnail and its entry, or nothing; for 10 minutes it can be restored. */
        delete: operations["clip.delete"];
        options?: never;
        head?: never;
        /** Rename or tag a clip; what is not given stays as it is. */
        patch: operations["clip.edit"];
        trace?: never;
    };
    "/api/clips/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring back a clip that was deleted less than 10 minutes ago. */
        post: operations["clip.restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cut a failed or doubtful clip again from OBS's file, if that is still there. */
        post: operations["clip.retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/{id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A picture of the clip. */
        get: operations["clip.thumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/{id}/trim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cut a part of a clip into a new clip, from OBS's file where that is still there. */
        post: operations["clip.trim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/{id}/video": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The clip's video file. */
        get: operations["clip.video"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description, for people. */
        get: operations["docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/docs/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link to the docs page for a browser. */
        post: operations["docs.ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/marks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark this moment; `clip.end` makes a clip from here. */
        post: operations["clip.mark"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/marks/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a clip from the last open mark to this moment. */
        post: operations["clip.end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/obs/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the connection to OBS and what OBS is doing. */
        get: operations["obs.status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description. */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Say whether the replay buffer records, and how many seconds back a clip can start right now. */
        get: operations["replay.status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replay/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch the replay buffer on in OBS's settings with the right length, and start it. */
        post: operations["replay.enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replay/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start OBS's replay buffer. */
        post: operations["replay.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replay/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop OBS's replay buffer, and leave it stopped; what it held is gone. */
        post: operations["replay.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List sessions, newest first. */
        get: operations["session.list"];
        put?: never;
        /** Start a session. */
        post: operations["session.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one session, its marks and its clips. */
        get: operations["session.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Give a session another title. */
        patch: operations["session.rename"];
        trace?: never;
    };
    "/api/sessions/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the open session. */
        post: operations["session.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show all settings, or one. */
        get: operations["settings.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/settings/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a setting in config.toml; a password goes to the keyring. */
        put: operations["settings.set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state of every component. */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/system/attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have the running companion show itself. */
        post: operations["system.attention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/system/quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the companion; clips in work go on at its next start. */
        post: operations["system.quit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it runs. */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A WebSocket that streams every event as one JSON object: id, ts, type and payload.
         * @description Browsers pass the token as the subprotocol `bearer.TOKEN` beside `companion.events`. `ResumeFailed` (since is too old) and `EventsMissed` (the client reads too slowly) mean: fetch the state anew.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AccessDenied
         * @description A request from `address` was turned away at a door: what it asked, and the error's code; `times` in a row.
         */
        AccessDenied: {
            /** Actor */
            actor: string;
            /** Address */
            address: string;
            /** Door */
            door: string;
            /** Outcome */
            outcome: string;
            /**
             * Times
             * @default 1
             */
            times: number;
            /** What */
            what: string;
        };
        /**
         * ActionInvoked
         * @description Somebody asked for an action of scope `control` or higher, and this came of it.
         *
         *     `outcome` is `ok`, or an error's code with its `message` and `remedy`. `administrative` says that it was an
         *     administrator's act on `subject` (the arguments in the action's path), not just a look.
         */
        ActionInvoked: {
            /** Action */
            action: string;
            /**
             * Address
             * @default
             */
            address: string;
            /**
             * Administrative
             * @default false
             */
            administrative: boolean;
            /** Caller */
            caller: string;
            /**
             * Device
             * @default null
             */
            device: number | null;
            /** Door */
            door: string;
            /**
             * Message
             * @default
             */
            message: string;
            /** Outcome */
            outcome: string;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** Seconds */
            seconds: number;
            /**
             * Subject
             * @default
             */
            subject: string;
        };
        /**
         * AttentionAsked
         * @description A second start of the companion asked this one to show itself.
         */
        AttentionAsked: Record<string, never>;
        /**
         * AuditNoted
         * @description The audit log has a new entry.
         */
        AuditNoted: {
            /** Entry */
            entry: {
                [key: string]: unknown;
            };
        };
        /**
         * Camera
         * @description OBS's virtual camera, which not every system offers.
         */
        Camera: {
            /**
             * Active
             * @default false
             */
            active: boolean;
            /**
             * Available
             * @default false
             */
            available: boolean;
        };
        /**
         * Capture
         * @description What a session captures.
         * @enum {string}
         */
        Capture: "sound" | "picture" | "both";
        /**
         * Clip
         * @description A clip with its receipt: each check, what was expected and what was measured.
         */
        Clip: {
            /**
             * Clamped End Seconds
             * @default 0
             */
            clamped_end_seconds: number;
            /**
             * Clamped Start Seconds
             * @default 0
             */
            clamped_start_seconds: number;
            /**
             * Deleted At
             * @default null
             */
            deleted_at: string | null;
            /**
             * Door
             * @default
             */
            door: string;
            /**
             * End At
             * @default null
             */
            end_at: string | null;
            /**
             * Error Code
             * @default null
             */
            error_code: string | null;
            /**
             * Error Message
             * @default null
             */
            error_message: string | null;
            /**
             * Finished At
             * @default null
             */
            finished_at: string | null;
            /**
             * First Receipt
             * @default null
             */
            first_receipt: {
                [key: string]: unknown;
            } | null;
            /**
             * Id
             * @default null
             */
            id: number | null;
            /**
             * Method
             * @default null
             */
            method: string | null;
            /**
             * Method Reason
             * @default
             */
            method_reason: string;
            /**
             * Path
             * @default null
             */
            path: string | null;
            /**
             * Receipt
             * @default null
             */
            receipt: {
                [key: string]: unknown;
            } | null;
            /**
             * Saving At
             * @default null
             */
            saving_at: string | null;
            /**
             * Seconds
             * @default null
             */
            seconds: number | null;
            /**
             * Session End Seconds
             * @default null
             */
            session_end_seconds: number | null;
            /**
             * Session Id
             * @default null
             */
            session_id: number | null;
            /**
             * Session Start Seconds
             * @default null
             */
            session_start_seconds: number | null;
            /**
             * Size Bytes
             * @default null
             */
            size_bytes: number | null;
            /**
             * Source End
             * @default null
             */
            source_end: number | null;
            /**
             * Source Folder
             * @default null
             */
            source_folder: string | null;
            /**
             * Source Kind
             * @default null
             */
            source_kind: string | null;
            /**
             * Source Path
             * @default null
             */
            source_path: string | null;
            /**
             * Source Start
             * @default null
             */
            source_start: number | null;
            /**
             * Start At
             * @default null
             */
            start_at: string | null;
            /** @default accepted */
            state: components["schemas"]["ClipState"];
            /** Tags */
            tags?: string[];
            /**
             * Thumbnail Path
             * @default null
             */
            thumbnail_path: string | null;
            /**
             * Title
             * @default null
             */
            title: string | null;
            /** Tracks */
            tracks?: string[];
            /**
             * Trigger At
             * Format: date-time
             */
            trigger_at: string;
            /**
             * Video
             * @default null
             */
            video: string | null;
            /**
             * Wanted End At
             * Format: date-time
             */
            wanted_end_at: string;
            /**
             * Wanted Start At
             * Format: date-time
             */
            wanted_start_at: string;
        };
        /**
         * ClipAccepted
         * @description A request for a clip is in the database; nothing can lose it now.
         */
        ClipAccepted: {
            /** Clip */
            clip: {
                [key: string]: unknown;
            };
        };
        /**
         * ClipChanged
         * @description A clip's title or tags are new.
         */
        ClipChanged: {
            /** Clip */
            clip: {
                [key: string]: unknown;
            };
        };
        /**
         * ClipDeleted
         * @description A clip's file and row are gone.
         */
        ClipDeleted: {
            /** Clip Id */
            clip_id: number;
        };
        /**
         * ClipFailed
         * @description A clip could not be made; its row says why and names OBS's untouched file, if there is one.
         */
        ClipFailed: {
            /** Clip */
            clip: {
                [key: string]: unknown;
            };
        };
        /**
         * ClipPage
         * @description Clips, newest first, and how many there are in all.
         */
        ClipPage: {
            /** Items */
            items: components["schemas"]["ClipSummary"][];
            /** Total */
            total: number;
        };
        /**
         * ClipProgressed
         * @description Work on a clip moved on: `step` is waiting, saving, cutting or proving; `fraction` is 0 to 1 within it.
         */
        ClipProgressed: {
            /** Clip Id */
            clip_id: number;
            /** Fraction */
            fraction: number;
            /** Step */
            step: string;
        };
        /**
         * ClipSaved
         * @description A clip is on disk; its receipt was made, and `clip.state` is `ready` or `doubtful`.
         */
        ClipSaved: {
            /** Clip */
            clip: {
                [key: string]: unknown;
            };
        };
        /**
         * ClipState
         * @description How far a clip has come; each step is written before it is begun.
         *
         *     accepted → saving → saved → ready | doubtful, or from any of them to failed.
         * @enum {string}
         */
        ClipState: "accepted" | "saving" | "saved" | "ready" | "doubtful" | "failed";
        /**
         * ClipSummary
         * @description A clip from the request on: what was wanted, what became of it, and the proof.
         *
         *     `wanted_*` is the window that was asked for, `start_at`/`end_at` the true one. `source_start`/`source_end` are
         *     seconds on the source file's own timeline. `clamped_*_seconds` say how much of the window could not be had.
         */
        ClipSummary: {
            /**
             * Clamped End Seconds
             * @default 0
             */
            clamped_end_seconds: number;
            /**
             * Clamped Start Seconds
             * @default 0
             */
            clamped_start_seconds: number;
            /**
             * Door
             * @default
             */
            door: string;
            /**
             * End At
             * @default null
             */
            end_at: string | null;
            /**
             * Error Code
             * @default null
             */
            error_code: string | null;
            /**
             * Error Message
             * @default null
             */
            error_message: string | null;
            /**
             * Finished At
             * @default null
             */
            finished_at: string | null;
            /**
             * Id
             * @default null
             */
            id: number | null;
            /**
             * Method
             * @default null
             */
            method: string | null;
            /**
             * Method Reason
             * @default
             */
            method_reason: string;
            /**
             * Path
             * @default null
             */
            path: string | null;
            /**
             * Saving At
             * @default null
             */
            saving_at: string | null;
            /**
             * Seconds
             * @default null
             */
            seconds: number | null;
            /**
             * Session End Seconds
             * @default null
             */
            session_end_seconds: number | null;
            /**
             * Session Id
             * @default null
             */
            session_id: number | null;
            /**
             * Session Start Seconds
             * @default null
             */
            session_start_seconds: number | null;
            /**
             * Size Bytes
             * @default null
             */
            size_bytes: number | null;
            /**
             * Source End
             * @default null
             */
            source_end: number | null;
            /**
             * Source Folder
             * @default null
             */
            source_folder: string | null;
            /**
             * Source Kind
             * @default null
             */
            source_kind: string | null;
            /**
             * Source Path
             * @default null
             */
            source_path: string | null;
            /**
             * Source Start
             * @default null
             */
            source_start: number | null;
            /**
             * Start At
             * @default null
             */
            start_at: string | null;
            /** @default accepted */
            state: components["schemas"]["ClipState"];
            /** Tags */
            tags?: string[];
            /**
             * Thumbnail Path
             * @default null
             */
            thumbnail_path: string | null;
            /**
             * Title
             * @default null
             */
            title: string | null;
            /** Tracks */
            tracks?: string[];
            /**
             * Trigger At
             * Format: date-time
             */
            trigger_at: string;
            /**
             * Video
             * @default null
             */
            video: string | null;
            /**
             * Wanted End At
             * Format: date-time
             */
            wanted_end_at: string;
            /**
             * Wanted Start At
             * Format: date-time
             */
            wanted_start_at: string;
        };
        /**
         * Component
         * @description A component's named state, since when (Unix seconds), why, and what the streamer can do.
         */
        Component: {
            /**
             * Detail
             * @default
             */
            detail: string;
            health: components["schemas"]["Health"];
            /** Name */
            name: string;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** Since */
            since: number;
            /** State */
            state: string;
        };
        /**
         * ComponentChanged
         * @description A component's state, detail or remedy is new.
         */
        ComponentChanged: {
            component: components["schemas"]["Component"];
        };
        /**
         * DeckChanged
         * @description The deck's pages and buttons were arranged anew; these are all of them.
         */
        DeckChanged: {
            /** Pages */
            pages: {
                [key: string]: unknown;
            }[];
        };
        /**
         * DeviceChanged
         * @description A device was paired, or its name or scope is new.
         */
        DeviceChanged: {
            /** Device */
            device: {
                [key: string]: unknown;
            };
        };
        /**
         * DeviceRevoked
         * @description A device may do nothing any more; `reason` says why.
         */
        DeviceRevoked: {
            /** Device Id */
            device_id: number;
            /** Reason */
            reason: string;
        };
        Error: {
            error: {
                /** @description Stable; programs decide by it. */
                code: string;
                /** @description What a program may want to know besides. */
                details: Record<string, never>;
                /** @description A sentence for a person. */
                message: string;
                /** @description What to do next; may be empty. */
                remedy: string;
            };
        };
        /**
         * Filter
         * @description A filter of a source or scene.
         */
        Filter: {
            /** Name */
            name: string;
            /** On */
            on: boolean;
        };
        /**
         * Health
         * @description How a component's state should be shown.
         * @enum {string}
         */
        Health: "ok" | "attention" | "failed" | "off";
        /**
         * Input
         * @description An input; one without sound has no volume and is not muted.
         */
        Input: {
            /**
             * Filters
             * @default []
             */
            filters: components["schemas"]["Filter"][];
            /**
             * Has Audio
             * @default false
             */
            has_audio: boolean;
            /** Kind */
            kind: string;
            /** @default null */
            media: components["schemas"]["Media"] | null;
            /**
             * Muted
             * @default false
             */
            muted: boolean;
            /** Name */
            name: string;
            /**
             * Volume Db
             * @default null
             */
            volume_db: number | null;
        };
        /**
         * InstantReplayChanged
         * @description The clip of this number is being played in OBS, or none is any more.
         */
        InstantReplayChanged: {
            /** Clip Id */
            clip_id: number | null;
        };
        /**
         * Item
         * @description A source in a scene; one in a group has the group's name, which takes the scene's place in requests.
         */
        Item: {
            /**
             * Group
             * @default null
             */
            group: string | null;
            /** Id */
            id: number;
            /** Kind */
            kind: string;
            /** Source */
            source: string;
            /** Visible */
            visible: boolean;
        };
        JsonValue: unknown;
        /**
         * LanStateChanged
         * @description Whether devices in the LAN are served, where, and how.
         *
         *     `fingerprint` is the SHA-256 of the authority's certificate (of the streamer's own one, if that is used), and
         *     `expires_at` the end of the certificate in use (Unix seconds).
         */
        LanStateChanged: {
            /**
             * Detail
             * @default
             */
            detail: string;
            /**
             * Expires At
             * @default null
             */
            expires_at: number | null;
            /**
             * Fingerprint
             * @default
             */
            fingerprint: string;
            /**
             * Own Authority
             * @default true
             */
            own_authority: boolean;
            /**
             * Port
             * @default 0
             */
            port: number;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** State */
            state: string;
            /** Tls */
            tls: boolean;
            /** Urls */
            urls?: string[];
        };
        /**
         * MacroChanged
         * @description A macro is new or changed, or its run moved on; `step` counts from 1, and is 0 while it does not run.
         *
         *     `outcome` is empty while it runs, then `ok`, `cancelled`, or the code of the error that ended it.
         */
        MacroChanged: {
            /** Macro */
            macro: {
                [key: string]: unknown;
            };
            /**
             * Message
             * @default
             */
            message: string;
            /**
             * Outcome
             * @default
             */
            outcome: string;
            /**
             * Running
             * @default false
             */
            running: boolean;
            /**
             * Step
             * @default 0
             */
            step: number;
        };
        /**
         * MacroDeleted
         * @description A macro is gone.
         */
        MacroDeleted: {
            /** Macro Id */
            macro_id: number;
        };
        /**
         * Mark
         * @description A moment worth finding again; `open` while it waits for `clip.end` to make a clip of it.
         */
        Mark: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Id
             * @default null
             */
            id: number | null;
            /**
             * Open
             * @default true
             */
            open: boolean;
            /**
             * Session Id
             * @default null
             */
            session_id: number | null;
            /**
             * Session Seconds
             * @default null
             */
            session_seconds: number | null;
            /**
             * Title
             * @default null
             */
            title: string | null;
        };
        /**
         * MarkSet
         * @description A moment was marked.
         */
        MarkSet: {
            /** Mark */
            mark: {
                [key: string]: unknown;
            };
        };
        /**
         * Media
         * @description What a media input plays; its place, in milliseconds, is that of the moment `read_at` (Unix seconds).
         *
         *     `state` is none, playing, opening, buffering, paused, stopped, ended or error.
         */
        Media: {
            /**
             * Duration Ms
             * @default null
             */
            duration_ms: number | null;
            /**
             * Position Ms
             * @default null
             */
            position_ms: number | null;
            /**
             * Read At
             * @default 0
             */
            read_at: number;
            /** State */
            state: string;
        };
        /**
         * MetersMeasured
         * @description The peak of each channel of each input with sound, in decibels after its volume: 0 is full, -100 silence.
         */
        MetersMeasured: {
            /** Inputs */
            inputs: {
                [key: string]: number[];
            };
        };
        /**
         * ObsConnectionChanged
         * @description The connection to OBS changed; versions are empty unless connected.
         */
        ObsConnectionChanged: {
            /**
             * Detail
             * @default
             */
            detail: string;
            /**
             * Obs Version
             * @default
             */
            obs_version: string;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            state: components["schemas"]["ObsState"];
            /**
             * Websocket Version
             * @default
             */
            websocket_version: string;
        };
        /**
         * ObsState
         * @description The connection to OBS.
         * @enum {string}
         */
        ObsState: "connecting" | "connected" | "not_running" | "wrong_password" | "not_responding" | "incompatible" | "kicked";
        /**
         * ObsStatsMeasured
         * @description OBS's own figures; frame counts are since OBS started, `cpu_percent` is of one OBS process.
         *
         *     Those of the stream are None while there is none, its frames counted since it began; `stream_congestion` is 0 to 1.
         */
        ObsStatsMeasured: {
            /** Cpu Percent */
            cpu_percent: number;
            /** Fps */
            fps: number;
            /**
             * Frame Render Ms
             * @default 0
             */
            frame_render_ms: number;
            /** Free Disk Mb */
            free_disk_mb: number;
            /** Memory Mb */
            memory_mb: number;
            /** Output Skipped Frames */
            output_skipped_frames: number;
            /** Output Total Frames */
            output_total_frames: number;
            /** Render Lagged Frames */
            render_lagged_frames: number;
            /** Render Total Frames */
            render_total_frames: number;
            /**
             * Stream Congestion
             * @default null
             */
            stream_congestion: number | null;
            /**
             * Stream Dropped Frames
             * @default null
             */
            stream_dropped_frames: number | null;
            /**
             * Stream Kbps
             * @default null
             */
            stream_kbps: number | null;
            /**
             * Stream Total Frames
             * @default null
             */
            stream_total_frames: number | null;
        };
        /**
         * ObsStatus
         * @description Everything that is known of OBS now; None is unknown, as all is without a connection.
         */
        ObsStatus: {
            connection: components["schemas"]["ObsConnectionChanged"];
            record: components["schemas"]["RecordStateChanged"] | null;
            replay: components["schemas"]["ReplayBufferSwitched"] | null;
            scene: components["schemas"]["SceneChanged"] | null;
            stats: components["schemas"]["ObsStatsMeasured"] | null;
            stream: components["schemas"]["StreamStateChanged"] | null;
        };
        /**
         * PairingChanged
         * @description The offer that is open to a phone (`{id, expires_at}`, or None) and the phones that wait to be allowed.
         */
        PairingChanged: {
            /** Offer */
            offer: {
                [key: string]: unknown;
            } | null;
            /** Requests */
            requests: {
                [key: string]: unknown;
            }[];
        };
        /**
         * PairingRequested
         * @description A phone asks to be let in: `{id, name, number, address, asked_at}`.
         */
        PairingRequested: {
            /** Request */
            request: {
                [key: string]: unknown;
            };
        };
        /**
         * RecordStateChanged
         * @description OBS started, paused, resumed or stopped recording, to the file `path` (empty when OBS did not tell).
         *
         *     What has been recorded is as long as from `since` to `paused_at`, or to now while it runs (Unix seconds).
         */
        RecordStateChanged: {
            /** Active */
            active: boolean;
            /**
             * Path
             * @default
             */
            path: string;
            /**
             * Paused
             * @default false
             */
            paused: boolean;
            /**
             * Paused At
             * @default null
             */
            paused_at: number | null;
            /**
             * Since
             * @default null
             */
            since: number | null;
        };
        /**
         * ReplayBufferSaved
         * @description OBS finished writing its replay buffer to `path`.
         */
        ReplayBufferSaved: {
            /** Path */
            path: string;
        };
        /**
         * ReplayBufferSwitched
         * @description OBS says that its replay buffer output started or stopped; whether it records is ReplayStateChanged's to say.
         */
        ReplayBufferSwitched: {
            /** Active */
            active: boolean;
        };
        /**
         * ReplayState
         * @description The one truth about the replay buffer.
         * @enum {string}
         */
        ReplayState: "unavailable" | "stopped" | "recording" | "stalled";
        /**
         * ReplayStateChanged
         * @description The replay buffer's state; `reach_seconds` is how far back a clip can start, `length_seconds` OBS's setting.
         *
         *     `encoder_delay_seconds` is how long a picture takes from the air into OBS's outputs, where that could be measured.
         */
        ReplayStateChanged: {
            /**
             * Detail
             * @default
             */
            detail: string;
            /**
             * Encoder Delay Seconds
             * @default null
             */
            encoder_delay_seconds: number | null;
            /**
             * Length Seconds
             * @default 0
             */
            length_seconds: number;
            /**
             * Reach Seconds
             * @default 0
             */
            reach_seconds: number;
            /**
             * Recording Since
             * @default null
             */
            recording_since: number | null;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            state: components["schemas"]["ReplayState"];
            /**
             * Warning
             * @default
             */
            warning: string;
        };
        /**
         * Scene
         * @description A scene with its items, the topmost first.
         */
        Scene: {
            /**
             * Filters
             * @default []
             */
            filters: components["schemas"]["Filter"][];
            /**
             * Items
             * @default []
             */
            items: components["schemas"]["Item"][];
            /** Name */
            name: string;
        };
        /**
         * SceneChanged
         * @description Another scene is on program.
         */
        SceneChanged: {
            /** Scene */
            scene: string;
        };
        /**
         * ScreenshotDeleted
         * @description A screenshot is gone.
         */
        ScreenshotDeleted: {
            /** Name */
            name: string;
        };
        /**
         * ScreenshotSaved
         * @description A screenshot is on disk.
         */
        ScreenshotSaved: {
            /** Screenshot */
            screenshot: {
                [key: string]: unknown;
            };
        };
        /**
         * Session
         * @description One sitting: groups clips, marks and later transcripts, and gives them its clock.
         */
        Session: {
            /** @default both */
            capture: components["schemas"]["Capture"];
            /**
             * Ended At
             * @default null
             */
            ended_at: string | null;
            /**
             * Id
             * @default null
             */
            id: number | null;
            /**
             * Seen At
             * Format: date-time
             */
            seen_at: string;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /** @default hand */
            started_by: components["schemas"]["StartedBy"];
            /** @default open */
            state: components["schemas"]["SessionState"];
            /** Title */
            title: string;
            /**
             * Workflow
             * @default
             */
            workflow: string;
        };
        /**
         * SessionChanged
         * @description A session started, ended or was renamed.
         */
        SessionChanged: {
            /** Session */
            session: {
                [key: string]: unknown;
            };
        };
        /**
         * SessionClip
         * @description A clip's place in its session, in seconds on the session clock: the true one, or as asked for until it is cut.
         */
        SessionClip: {
            /** End Seconds */
            end_seconds: number;
            /** Id */
            id: number;
            /** Start Seconds */
            start_seconds: number;
            state: components["schemas"]["ClipState"];
            /** Tags */
            tags: string[];
            /** Title */
            title: string | null;
        };
        /**
         * SessionDetail
         * @description A session with its marks and clips, each in the order of its time.
         */
        SessionDetail: {
            /** Clips */
            clips: components["schemas"]["SessionClip"][];
            /** Marks */
            marks: components["schemas"]["Mark"][];
            session: components["schemas"]["Session"];
        };
        /**
         * SessionPage
         * @description Sessions, newest first, and how many there are in all.
         */
        SessionPage: {
            /** Items */
            items: components["schemas"]["Session"][];
            /** Total */
            total: number;
        };
        /**
         * SessionState
         * @description `interrupted` is a session that was open when the companion or the PC went down, and was not resumed.
         * @enum {string}
         */
        SessionState: "open" | "closed" | "interrupted";
        /**
         * Setting
         * @description One setting: its value (never a secret's), where that comes from, and what it means.
         */
        Setting: {
            default: components["schemas"]["JsonValue"];
            /** Help */
            help: string;
            /** Name */
            name: string;
            /**
             * Restart Needed
             * @default false
             */
            restart_needed: boolean;
            /** Source */
            source: string;
            value: components["schemas"]["JsonValue"];
        };
        /**
         * SettingsChanged
         * @description These settings have new values; secrets are never among the values.
         */
        SettingsChanged: {
            /** Values */
            values: {
                [key: string]: unknown;
            };
        };
        /**
         * SigningSecretRotated
         * @description All access tokens of devices are worthless; the devices fetch new ones.
         */
        SigningSecretRotated: Record<string, never>;
        /**
         * StartedBy
         * @description Who started a session: the streamer, or OBS going live or recording.
         * @enum {string}
         */
        StartedBy: "hand" | "stream" | "recording";
        /**
         * StreamStateChanged
         * @description OBS started or stopped streaming; `since` is when the stream began (Unix seconds).
         */
        StreamStateChanged: {
            /** Active */
            active: boolean;
            /**
             * Reconnecting
             * @default false
             */
            reconnecting: boolean;
            /**
             * Since
             * @default null
             */
            since: number | null;
        };
        /**
         * StudioChanged
         * @description Something in OBS's scenes, sources, inputs, filters, profiles or collections is new; this is all of it.
         */
        StudioChanged: {
            studio: components["schemas"]["StudioState"];
        };
        /**
         * StudioState
         * @description The whole studio; without a connection to OBS nothing of it is known.
         */
        StudioState: {
            /**
             * @default {
             *       "available": false,
             *       "active": false
             *     }
             */
            camera: components["schemas"]["Camera"];
            /**
             * Collection
             * @default null
             */
            collection: string | null;
            /**
             * Collections
             * @default []
             */
            collections: string[];
            /**
             * Connected
             * @default false
             */
            connected: boolean;
            /**
             * Inputs
             * @default []
             */
            inputs: components["schemas"]["Input"][];
            /**
             * Preview
             * @default null
             */
            preview: string | null;
            /**
             * Profile
             * @default null
             */
            profile: string | null;
            /**
             * Profiles
             * @default []
             */
            profiles: string[];
            /**
             * Program
             * @default null
             */
            program: string | null;
            /**
             * Scenes
             * @default []
             */
            scenes: components["schemas"]["Scene"][];
            /**
             * Studio Mode
             * @default false
             */
            studio_mode: boolean;
            /**
             * Transition
             * @default null
             */
            transition: string | null;
            /**
             * Transitions
             * @default []
             */
            transitions: string[];
        };
    };
    responses: {
        /** @description `invalid_arguments` (details.problems names each field), `invalid_json`, or an action's own code */
        Error400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `unauthorized`: the token is missing or wrong; `ticket_invalid` */
        Error401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `host_not_allowed`, `origin_not_allowed`, `scope_too_low` */
        Error403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description there is no such thing: the code names what is missing */
        Error404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `method_not_allowed` */
        Error405: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description it cannot be done in the present state: the code names the state */
        Error409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `body_too_large` */
        Error413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `wrong_media_type` */
        Error415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `internal_error`: a bug of ours; the log has its traceback */
        Error500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description it was tried and did not work: the code says what */
        Error502: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description something needed is absent: the remedy says how to bring it back */
        Error503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "clip.list": {
        parameters: {
            query?: {
                /** @description How many */
                limit?: number;
                /** @description After skipping how many */
                offset?: number;
                /** @description Only those of this session */
                session?: number | null;
                /** @description Only those asked for at this time or later */
                since?: string | null;
                /** @description Only those in this state */
                state?: components["schemas"]["ClipState"] | null;
                /** @description Only those with this tag */
                tag?: string | null;
                /** @description Only those with this in the title */
                text?: string | null;
                /** @description Only those asked for before this time */
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClipPage"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * After
                     * @description How many seconds more from now on
                     * @default 0
                     */
                    after?: number;
                    /**
                     * Seconds
                     * @description How many seconds back
                     * @default 30
                     */
                    seconds?: number;
                    /**
                     * Title
                     * @default null
                     */
                    title?: string | null;
                    /**
                     * Wait
                     * @description Answer when the clip is finished, not when it is accepted
                     * @default false
                     */
                    wait?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Tags
                     * @description All of its tags from now on
                     * @default null
                     */
                    tags?: string[] | null;
                    /**
                     * Title
                     * @description A new title; empty removes it
                     * @default null
                     */
                    title?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.retry": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Wait
                     * @description Answer when the clip is finished, not when it is accepted
                     * @default false
                     */
                    wait?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.thumbnail": {
        parameters: {
            query?: never;
            header?: {
                Range?: string;
            };
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description The part that Range asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description Not changed since If-None-Match or If-Modified-Since */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            /** @description Range is outside the file */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.trim": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * End
                     * @description Where it ends
                     */
                    end: number;
                    /**
                     * Start
                     * @description Where the new clip begins, in seconds from this one's start
                     */
                    start: number;
                    /**
                     * Title
                     * @default null
                     */
                    title?: string | null;
                    /**
                     * Wait
                     * @description Answer when the clip is finished, not when it is accepted
                     * @default false
                     */
                    wait?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.video": {
        parameters: {
            query?: never;
            header?: {
                Range?: string;
            };
            path: {
                /** @description The clip's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description The part that Range asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description Not changed since If-None-Match or If-Modified-Since */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            /** @description Range is outside the file */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    docs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": unknown;
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
        };
    };
    "docs.ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A link that opens the docs page once, within a minute */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        path: string;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
        };
    };
    "clip.mark": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Title
                     * @default null
                     */
                    title?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mark"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Title
                     * @default null
                     */
                    title?: string | null;
                    /**
                     * Wait
                     * @description Answer when the clip is finished, not when it is accepted
                     * @default false
                     */
                    wait?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clip"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "obs.status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObsStatus"];
                };
            };
            400: components["responses"]["Error400"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
        };
    };
    "replay.status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "replay.enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Seconds
                     * @description Its length; not given: what the settings and clips need.
                     * @default null
                     */
                    seconds?: number | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "replay.start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "replay.stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "session.list": {
        parameters: {
            query?: {
                /** @description How many */
                limit?: number;
                /** @description After skipping how many */
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "session.start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description What it captures: sound, picture or both
                     * @default both
                     */
                    capture?: components["schemas"]["Capture"];
                    /**
                     * Title
                     * @default null
                     */
                    title?: string | null;
                    /**
                     * Workflow
                     * @description What is done with it afterwards
                     * @default
                     */
                    workflow?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "session.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionDetail"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "session.rename": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Title
                     * @description A title
                     */
                    title: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "session.stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "settings.get": {
        parameters: {
            query?: {
                name?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"][];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "settings.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The setting's name, such as clip_lengths */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description The new value, as JSON or plain text; none is the default
                     * @default null
                     */
                    value?: components["schemas"]["JsonValue"];
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All components */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        components: components["schemas"]["Component"][];
                        version: string;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
        };
    };
    "system.attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "system.quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status?: "ok";
                        version?: string;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
        };
    };
    events: {
        parameters: {
            query?: {
                /** @description Send first what happened after the event with this id. */
                since?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream begins */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
        };
    };
}
