// Made from the daemon's OpenAPI document by scripts/api.mjs. Do not edit.
export interface paths {
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was denied and what administrators did, newest first. */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/captions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether there are captions, where they go, and how they look. */
        get: operations["captions.show"];
        /** Switch all captions on or off. */
        put: operations["captions.switch"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/captions/address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell the address of the captions' page for OBS's browser source. */
        get: operations["captions.address"];
        put?: never;
        /** Give the captions' page a new address; the old one shows nothing more. */
        post: operations["captions.renew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
    "/api/clips/{id}/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Play a clip on OBS's program, then go back to the scene before. */
        post: operations["clip.play"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
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
    "/api/clips/{id}/subtitled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The copy of a clip that `clip.burn` made. */
        get: operations["clip.subtitled"];
        put?: never;
        /** Make a copy of a clip with its words in the picture, for where subtitles cannot be switched on. */
        post: operations["clip.burn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/{id}/subtitles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the words of a clip as a player shows them; none where nothing was said. */
        get: operations["clip.subtitles"];
        put?: never;
        post?: never;
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
    "/api/clips/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Play the newest clip on OBS's program, then go back to the scene before. */
        post: operations["clip.play_last"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a clip of what was said about something: the sentence or thought around the best match. */
        post: operations["clip.quote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/clips/range": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a clip of exactly a past span of time, from OBS, an older recording or another clip. */
        post: operations["clip.range"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dashboard/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A link to the dashboard. */
        post: operations["dashboard.ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deck": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the deck; before it was arranged, one made from the settings and OBS's scenes and inputs. */
        get: operations["deck.show"];
        /** Arrange the deck anew. Whoever does needs the scope of each button's action. */
        put: operations["deck.save"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the paired devices, the revoked ones too. */
        get: operations["device.list"];
        put?: never;
        post?: never;
        /** Let no paired device do anything more; answers how many that were. */
        delete: operations["device.revoke_all"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Let a device do nothing more; its open pages are thrown out at once. */
        delete: operations["device.revoke"];
        options?: never;
        head?: never;
        /** Rename a device, or change what it may do. */
        patch: operations["device.edit"];
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
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same messages as server-sent events, with a heartbeat.
         * @description Each message is `{id, ts, type, payload}`. Without `since`, or where that is too old or the client reads too slowly, a `Snapshot` stands for what was missed: `{me, components, states}`, the whole present state. On a WebSocket browsers pass a token as the subprotocol `bearer.TOKEN` beside `companion.events`.
         */
        get: operations["events.stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/alive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a heartbeat of /api/events: a comment with the stream's number, which phones alone are sent. */
        post: operations["events.alive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether phones are served, where, and with which certificate. */
        get: operations["lan.show"];
        /** Open the door for phones in the LAN, or shut it. */
        put: operations["lan.switch"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/lan/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new authority, for the network that this PC is in now; phones that trust the old one warn of it. */
        post: operations["lan.renew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/macros": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the macros, by name. */
        get: operations["macro.list"];
        put?: never;
        /** Make a macro, or change one. Whoever does needs the scope of each of its actions. */
        post: operations["macro.save"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/macros/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a macro; one that runs is cancelled. */
        delete: operations["macro.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/macros/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a macro's run before its next step. */
        post: operations["macro.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/macros/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a macro; it ends at the first step that fails. */
        post: operations["macro.run"];
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
    "/api/microphone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show which microphone is heard, how loud it is, and why it is not when it is not. */
        get: operations["microphone.show"];
        /** Use another microphone from now on; it is remembered by its name. */
        put: operations["microphone.use"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/microphone/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hear a microphone for some seconds, and tell how loud it was. */
        post: operations["microphone.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/microphones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the microphones and other sound inputs; those that hear what the PC plays come last. */
        get: operations["microphone.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the speech models that are installed, and those that can be downloaded. */
        get: operations["models.list"];
        put?: never;
        /** Download a speech model; one that broke off goes on where it was. */
        post: operations["models.download"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a speech model from this PC. */
        delete: operations["models.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Choose the speech model: an installed one, a folder's path, or none for the best that is fast enough here. */
        put: operations["models.use"];
        post?: never;
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
        /** Show the connection to OBS and what OBS is doing; to viewers and without a token, no names and no paths. */
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
    "/api/pairing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show whether an offer is open, and the phones that wait to be allowed. */
        get: operations["pairing.show"];
        put?: never;
        /** Let one phone ask to be paired within two minutes; switches the LAN door on. */
        post: operations["pairing.start"];
        /** Withdraw the offer and deny the phones that wait. */
        delete: operations["pairing.stop"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pairing/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the QR code of the offer that is open, on the PC alone. */
        get: operations["pairing.code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pairing/requests/{id}/allow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a phone in that waits, after comparing the number on both screens. */
        post: operations["pairing.allow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pairing/requests/{id}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turn a phone away that waits. */
        post: operations["pairing.deny"];
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
    "/api/screenshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List screenshots, newest first. */
        get: operations["screenshot.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/screenshots/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A screenshot's picture. */
        get: operations["screenshot.show"];
        put?: never;
        post?: never;
        /** Delete a screenshot. */
        delete: operations["screenshot.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/secrets/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make all access tokens of phones worthless; paired phones fetch new ones by themselves. */
        post: operations["secrets.rotate"];
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
    "/api/speech": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what recognition does, with which model, how much sound waits, and why it waits. */
        get: operations["speech.show"];
        put?: never;
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
    "/api/studio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show OBS's scenes, sources, inputs, filters, transitions, profiles and scene collections. */
        get: operations["studio.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/camera/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start OBS's virtual camera. */
        post: operations["camera.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/camera/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop OBS's virtual camera. */
        post: operations["camera.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/collection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Use another of OBS's scene collections; what is on air changes with it. */
        post: operations["collection.switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch a filter of a source or scene on or off. */
        post: operations["filter.switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/inputs/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mute an input, or let it be heard. */
        post: operations["input.mute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/inputs/volume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set an input's volume. */
        post: operations["input.volume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/items/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show or hide a source in a scene. */
        post: operations["item.show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Play, pause, stop or restart a media source, or go on in its list. */
        post: operations["media.control"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/mode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch OBS's studio mode (preview and program) on or off. */
        post: operations["studio.mode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/picture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A small JPEG of the program now, for controllers also of a scene or a source; four a second at most. */
        get: operations["screenshot.picture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring a scene into the preview of studio mode. */
        post: operations["scene.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Use another of OBS's profiles; refused while anything goes out. */
        post: operations["profile.switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/quicklaunch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do the steps of the setting `quicklaunch`; after one that fails the others are left out. */
        post: operations["studio.quicklaunch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/quickstop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do the steps of the setting `quickstop`, each, also after one that failed; a quick start ends with it. */
        post: operations["studio.quickstop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/record/chapter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a chapter mark in OBS's recording. */
        post: operations["record.chapter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/record/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause OBS's recording. */
        post: operations["record.pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/record/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with OBS's paused recording. */
        post: operations["record.resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/record/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start OBS's recording. */
        post: operations["record.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/record/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End OBS's recording, and answer when its file is whole. */
        post: operations["record.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/scene": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring a scene on program. */
        post: operations["scene.switch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/screenshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a screenshot of the program, a scene or a source, and keep it as a file. */
        post: operations["screenshot.save"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show OBS's figures now and over the last hour: frames, congestion, processor, memory, disk. */
        get: operations["studio.stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/stream/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go live: start OBS's stream, and answer when it is live. */
        post: operations["stream.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/stream/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End OBS's stream. */
        post: operations["stream.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/studio/transition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the preview on program now. */
        post: operations["studio.transition"];
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
    "/api/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tags of all clips, those that most clips have first. */
        get: operations["clip.tags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a secret for an authenticator app; it counts once `totp.confirm` hears a code. */
        post: operations["totp.set_up"];
        /** Ask for no one-time passwords any more; a phone gives one first, the PC none. */
        delete: operations["totp.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask for one-time passwords for administrative acts from phones, from now on. */
        post: operations["totp.confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what was said, the newest part of it first, in order of time. */
        get: operations["transcript.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/transcript/{id}/mark": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark the moment at which something was said. */
        post: operations["transcript.mark"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/transcript/{id}/sound": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sound of what was said, out of the recording or a clip. */
        get: operations["transcript.hear"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/transcript/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Write what was said in a session, a clip or a span of time to a file; times count from its beginning. */
        get: operations["transcript.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/transcript/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search all that was said, newest first; beginnings and mistyped words find what they may mean. */
        get: operations["transcript.search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the phrases that can be said, and what is wrong with those that cannot. */
        get: operations["voice.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voice/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell which phrase a text is and what it would do, without doing it. */
        get: operations["voice.try"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forget this device. */
        post: operations["auth.leave"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks. */
        get: operations["auth.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/pair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far the request has come. */
        get: operations["auth.pairing"];
        put?: never;
        /** Ask to be let in, with the secret or the code. */
        post: operations["auth.pair"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Get fresh cookies. */
        post: operations["auth.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/step_up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a one-time password for administrative acts, for five minutes. */
        post: operations["auth.step_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a link's ticket (on the PC). */
        post: operations["auth.ticket"];
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
         * Every event as one JSON message, over a WebSocket.
         * @description Each message is `{id, ts, type, payload}`. Without `since`, or where that is too old or the client reads too slowly, a `Snapshot` stands for what was missed: `{me, components, states}`, the whole present state. On a WebSocket browsers pass a token as the subprotocol `bearer.TOKEN` beside `companion.events`.
         */
        get: operations["events.socket"];
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
         * @description A request was turned away at a door: from where, what it asked, the code, and how many `times` in a minute.
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
         *     administrator's act on `subject` (the arguments in the action's path, and what its guard said), not just a look.
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
         * ActionStep
         * @description An action that is run with these arguments.
         */
        ActionStep: {
            /** Action */
            action: string;
            /**
             * Arguments
             * @default {}
             */
            arguments: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        /**
         * AttentionAsked
         * @description A second start of the companion asked this one to show itself.
         */
        AttentionAsked: Record<string, never>;
        /**
         * AuditItem
         * @description An entry of the audit log; `at` is Unix seconds, `outcome` is ok or an error's code.
         */
        AuditItem: {
            /** Actor */
            actor: string;
            /** Address */
            address: string;
            /** At */
            at: number;
            /** Door */
            door: string;
            /** Id */
            id: number;
            /** Kind */
            kind: string;
            /** Outcome */
            outcome: string;
            /** What */
            what: string;
        };
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
         * AuditPage
         * @description Entries, newest first, and how many there are in all.
         */
        AuditPage: {
            /** Items */
            items: components["schemas"]["AuditItem"][];
            /** Total */
            total: number;
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
         * CaptionAddress
         * @description The address of the captions' page: it is its own key, and goes into OBS's browser source.
         */
        CaptionAddress: {
            /** Url */
            url: string;
        };
        /**
         * CaptionAddressChanged
         * @description The captions' page for OBS has a new address; whoever shows the old one sees nothing more.
         */
        CaptionAddressChanged: Record<string, never>;
        /**
         * CaptionAlign
         * @description To which side captions are set.
         * @enum {string}
         */
        CaptionAlign: "left" | "center" | "right";
        /**
         * CaptionPlace
         * @description Where captions stand on the picture.
         * @enum {string}
         */
        CaptionPlace: "top" | "middle" | "bottom";
        /**
         * Captions
         * @description Whether there are captions, where they go, what they say now, and how they look on the page for OBS.
         */
        Captions: {
            /** Lines */
            lines: string[];
            /** On */
            on: boolean;
            /** On Air */
            on_air: boolean;
            /** Stream */
            stream: boolean;
            style: components["schemas"]["CaptionStyle"];
        };
        /**
         * CaptionShown
         * @description The captions say this now: `lines`, the last of them still being spoken unless `final`; none: nothing is shown.
         *
         *     The words are those for the audience: filtered, and never said while the microphone was muted. They go out only
         *     `on_air`: it is known whether OBS has the microphone muted.
         */
        CaptionShown: {
            /** Final */
            final: boolean;
            /** Lines */
            lines: string[];
            /** On Air */
            on_air: boolean;
        };
        /**
         * CaptionStyle
         * @description How captions look on the page for OBS; sizes in pixels, times in seconds, colours as CSS has them.
         */
        CaptionStyle: {
            align: components["schemas"]["CaptionAlign"];
            /** Background */
            background: string;
            /** Color */
            color: string;
            /** Columns */
            columns: number;
            /** Fade */
            fade: number;
            /** Font */
            font: string;
            /** Lines */
            lines: number;
            place: components["schemas"]["CaptionPlace"];
            /** Size */
            size: number;
        };
        /**
         * CaptionStyleChanged
         * @description The captions look like this: `{size, place, align, font, color, background, fade, lines, columns}`.
         */
        CaptionStyleChanged: {
            /** Style */
            style: {
                [key: string]: unknown;
            };
        };
        /**
         * Capture
         * @description What a session captures by itself; clips are made of OBS's picture and sound in each.
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
             * Source Identity
             * @default null
             */
            source_identity: string | null;
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
         * @description A clip went to the trash, where it waits ten minutes for `clip.restore`, or had to make room at once.
         */
        ClipDeleted: {
            /** Clip Id */
            clip_id: number;
        };
        /**
         * ClipFailed
         * @description A clip could not be made; its row says why and names OBS's untouched file, if there is one.
         *
         *     One that could not be made again is `doubtful`, as it was before.
         */
        ClipFailed: {
            /** Clip */
            clip: {
                [key: string]: unknown;
            };
        };
        /**
         * ClipLengthsChanged
         * @description The lengths, in seconds, that are offered for clips: the setting is for admins, its buttons are for all.
         */
        ClipLengthsChanged: {
            /** Seconds */
            seconds: number[];
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
         *
         *     `restored` tells one that came back from the trash.
         */
        ClipSaved: {
            /** Clip */
            clip: {
                [key: string]: unknown;
            };
            /**
             * Restored
             * @default false
             */
            restored: boolean;
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
         *
         *     Without a token, too, all of this is told: so neither names a path, a title or a scene.
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
         * ConfirmationAsked
         * @description A hotkey or an entry of the tray's menu (`keys`) asks first: pressed again within `seconds`, it is done.
         *
         *     `action` are the actions that ask.
         */
        ConfirmationAsked: {
            /** Action */
            action: string;
            /** Keys */
            keys: string;
            /** Seconds */
            seconds: number;
        };
        /**
         * Cue
         * @description What is shown from `start` to `end`.
         */
        Cue: {
            /** End */
            end: number;
            /** Lines */
            lines: string[];
            /** Start */
            start: number;
        };
        /**
         * Cues
         * @description What is to be shown over a clip, in seconds from its start.
         */
        Cues: {
            /** Cues */
            cues: components["schemas"]["Cue"][];
        };
        /**
         * DeckButton
         * @description A button that runs an action, or ends what that began; without a label it is called as what it does now.
         */
        DeckButton: {
            /** Action */
            action: string;
            /**
             * Arguments
             * @default {}
             */
            arguments: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Colour
             * @default null
             */
            colour: string | null;
            /**
             * Icon
             * @default null
             */
            icon: string | null;
            /**
             * Label
             * @default
             */
            label: string;
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
         * DeckPage
         * @description A page of buttons, in their order.
         */
        DeckPage: {
            /**
             * Buttons
             * @default []
             */
            buttons: components["schemas"]["DeckButton"][];
            /** Name */
            name: string;
        };
        /**
         * DeckView
         * @description The pages; `arranged` says whether the streamer arranged them, or they are those to begin with.
         */
        DeckView: {
            /** Arranged */
            arranged: boolean;
            /** Pages */
            pages: components["schemas"]["DeckPage"][];
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
         * DeviceInfo
         * @description A paired device; times are Unix seconds, `online` says that a page of it is open.
         */
        DeviceInfo: {
            /** Created At */
            created_at: number;
            /** Id */
            id: number;
            /** Last Address */
            last_address: string;
            /** Last Seen At */
            last_seen_at: number | null;
            /** Name */
            name: string;
            /** Online */
            online: boolean;
            /** Revoked At */
            revoked_at: number | null;
            /** Revoked Reason */
            revoked_reason: string;
            scope: components["schemas"]["DeviceScope"];
        };
        /**
         * DeviceRevoked
         * @description A device may do nothing any more; `reason` says why.
         */
        DeviceRevoked: {
            /** Device Id */
            device_id: number;
            /** Name */
            name: string;
            /** Reason */
            reason: string;
        };
        /**
         * DeviceScope
         * @description What a paired device may do; `Scope` by name.
         * @enum {string}
         */
        DeviceScope: "view" | "control" | "admin";
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
         * Form
         * @description How a transcript is written to a file.
         * @enum {string}
         */
        Form: "srt" | "vtt" | "txt" | "json";
        /**
         * Found
         * @description What a search found, newest first; `corrected` says what was looked for in place of a mistyped word.
         */
        Found: {
            /** Corrected */
            corrected: {
                [key: string]: string[];
            };
            /** Items */
            items: components["schemas"]["Hit"][];
            /** More */
            more: boolean;
        };
        /**
         * Gate
         * @description Whether what is said is heard: `idle` while nothing is on that it would be for, `muted` as OBS's input is.
         * @enum {string}
         */
        Gate: "open" | "muted" | "idle";
        /**
         * Health
         * @description How a component's state should be shown.
         * @enum {string}
         */
        Health: "ok" | "attention" | "failed" | "off";
        /**
         * Heard
         * @description What a microphone gave when it was tried: its peak in decibels (0 is full, -100 silence), rate and channels.
         */
        Heard: {
            /** Channels */
            channels: number;
            /** Db */
            db: number;
            /** Device */
            device: string;
            /** Rate */
            rate: number;
            /** Seconds */
            seconds: number;
        };
        /**
         * Hit
         * @description A segment that was searched for: which of its words were meant, what was said around it, and where to hear it.
         */
        Hit: {
            /** After */
            after: string;
            /** Before */
            before: string;
            /** Clip Id */
            clip_id: number | null;
            /** Clip Seconds */
            clip_seconds: number | null;
            /** Marked */
            marked: number[];
            segment: components["schemas"]["Segment"];
            /** Session Title */
            session_title: string | null;
        };
        /**
         * Input
         * @description An input; one without sound has no volume and is not muted.
         *
         *     `device` is the id of what it hears, `default` the system's choice; None where OBS does not tell.
         */
        Input: {
            /**
             * Device
             * @default null
             */
            device: string | null;
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
         * LanInfo
         * @description The LAN door: `state` is off, opening, listening, or what keeps it shut; `expires_at` is Unix seconds.
         *
         *     `fingerprint` is the SHA-256 of the authority's certificate, to compare when it is installed on a phone. `totp` says
         *     whether administrative acts from phones need a one-time password.
         */
        LanInfo: {
            /** Detail */
            detail: string;
            /** Expires At */
            expires_at: number | null;
            /** Fingerprint */
            fingerprint: string;
            mode: components["schemas"]["LanMode"];
            /** On */
            on: boolean;
            /** Own Authority */
            own_authority: boolean;
            /** Port */
            port: number;
            /** Remedy */
            remedy: string;
            /** State */
            state: string;
            /** Totp */
            totp: boolean;
            /** Trust Url */
            trust_url: string | null;
            /** Urls */
            urls: string[];
        };
        /**
         * LanMode
         * @description Whether and how phones in the LAN are served.
         * @enum {string}
         */
        LanMode: "off" | "https" | "http";
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
         * MacroInfo
         * @description A macro; `confirm` are the actions in it that ask first; `step` 0: it does not run.
         */
        MacroInfo: {
            /** Confirm */
            confirm: string[];
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Running */
            running: boolean;
            /** Step */
            step: number;
            /** Steps */
            steps: (components["schemas"]["ActionStep"] | components["schemas"]["WaitStep"])[];
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
         * MediaAct
         * @description What a media input can be told.
         * @enum {string}
         */
        MediaAct: "play" | "pause" | "stop" | "restart" | "next" | "previous";
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
         * Microphone
         * @description A sound input: `name` is what the system calls it and the settings keep, `label` what a person reads.
         *
         *     `monitor` is one that hears what the PC plays. `rate` (samples a second) and `channels` are its own. `of_server`:
         *     a sound server's, which opens it for us.
         */
        Microphone: {
            /** Channels */
            channels: number;
            /**
             * Default
             * @default false
             */
            default: boolean;
            /** Label */
            label: string;
            /**
             * Monitor
             * @default false
             */
            monitor: boolean;
            /** Name */
            name: string;
            /**
             * Of Server
             * @default false
             */
            of_server: boolean;
            /** Rate */
            rate: number;
        };
        /**
         * MicrophoneChanged
         * @description What the microphone does: `state` is off, waiting, picture_only, listening, muted, missing, or failed.
         *
         *     `device` is its label, `devices` what OBS's inputs may call it; `gate` is open, muted (in OBS) or idle (nothing is
         *     on that it is listened to for).
         */
        MicrophoneChanged: {
            /**
             * Detail
             * @default
             */
            detail: string;
            /**
             * Device
             * @default
             */
            device: string;
            /** Devices */
            devices?: string[];
            /** Gate */
            gate: string;
            /**
             * Keeps Sound
             * @default false
             */
            keeps_sound: boolean;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** State */
            state: string;
        };
        /**
         * MicrophoneMeasured
         * @description The peak of the microphone `name` since the last one, in decibels: 0 is full, -100 silence.
         */
        MicrophoneMeasured: {
            /** Db */
            db: number;
            /** Name */
            name: string;
        };
        /**
         * MicrophoneStatus
         * @description What the microphone does now; `db` is its last peak (0 is full, -100 silence), None while it is not heard.
         */
        MicrophoneStatus: {
            /**
             * Channels
             * @default 0
             */
            channels: number;
            /**
             * Chosen
             * @default null
             */
            chosen: string | null;
            /** Db */
            db: number | null;
            /**
             * Detail
             * @default
             */
            detail: string;
            /** Device */
            device: string;
            gate: components["schemas"]["Gate"];
            /**
             * Keeps Sound
             * @default false
             */
            keeps_sound: boolean;
            /**
             * Rate
             * @default 0
             */
            rate: number;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** State */
            state: string;
        };
        /**
         * ModelInfo
         * @description A speech model. `megabytes` is what it takes on the disk, `window_seconds` what it needs here for one window.
         *
         *     The latter is measured, or reckoned from one that was; None where nothing was measured yet. `loaded` is how far its
         *     download is (0 to 1), None when none is going on; `problem` says why an installed one cannot be used.
         */
        ModelInfo: {
            /** English Only */
            english_only: boolean;
            /** In Use */
            in_use: boolean;
            /** Installed */
            installed: boolean;
            /**
             * Loaded
             * @default null
             */
            loaded: number | null;
            /** Megabytes */
            megabytes: number;
            /** Name */
            name: string;
            /**
             * Problem
             * @default
             */
            problem: string;
            /** Recommended */
            recommended: boolean;
            /**
             * Window Seconds
             * @default null
             */
            window_seconds: number | null;
        };
        /**
         * ModelProgressed
         * @description A speech model is on its way: `step` is downloading, measuring, ready or failed, `fraction` is 0 to 1 of it.
         *
         *     `message` and `remedy` say what failed.
         */
        ModelProgressed: {
            /** Fraction */
            fraction: number;
            /**
             * Message
             * @default
             */
            message: string;
            /** Model Id */
            model_id: string;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** Step */
            step: string;
        };
        /**
         * Muted
         * @description Whether it is muted now.
         */
        Muted: {
            /** Muted */
            muted: boolean;
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
         * OneTimePasswordGiven
         * @description A device gave a one-time password, so that it may administer for some minutes.
         */
        OneTimePasswordGiven: {
            /** Address */
            address: string;
            /** Device Id */
            device_id: number;
            /** Name */
            name: string;
        };
        /**
         * OneTimePasswordsSwitched
         * @description Administrative acts from phones need a one-time password from now on, or no longer.
         */
        OneTimePasswordsSwitched: {
            /** On */
            on: boolean;
        };
        /**
         * OpenOffer
         * @description An offer without its secret; once `code_locked` (too many wrong codes were typed) it takes the QR code only.
         */
        OpenOffer: {
            /** Code Locked */
            code_locked: boolean;
            /** Expires At */
            expires_at: number;
            /** Id */
            id: number;
        };
        /**
         * Outcome
         * @description What came of a step; `skipped`: one before it failed, or a quick stop came before it was over.
         * @enum {string}
         */
        Outcome: "ok" | "failed" | "skipped";
        /**
         * Pairing
         * @description The offer that is open, and who waits.
         */
        Pairing: {
            offer: components["schemas"]["OpenOffer"] | null;
            /** Requests */
            requests: components["schemas"]["WaitingPhone"][];
        };
        /**
         * PairingChanged
         * @description The offer that is open to a phone (`{id, expires_at, code_locked}`, or None) and who waits to be allowed.
         *
         *     With `code_locked` too many wrong codes were typed: the offer takes only the secret in its QR code.
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
         * PairingOffer
         * @description What a phone needs to pair, until `expires_at` (Unix seconds): the address behind the QR code, or the code.
         *
         *     `fingerprint` is the SHA-256 of the companion's own authority, to compare where the phone warns of it.
         */
        PairingOffer: {
            /** Code */
            code: string;
            /** Expires At */
            expires_at: number;
            /** Fingerprint */
            fingerprint: string;
            /** Id */
            id: number;
            /** Qr Svg */
            qr_svg: string;
            /** Qr Text */
            qr_text: string;
            /** Url */
            url: string;
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
         * Phrase
         * @description A phrase, its action, and what keeps it from working, if anything does.
         */
        Phrase: {
            /** Action */
            action: string;
            /** Arguments */
            arguments: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Phrase */
            phrase: string;
            /**
             * Problem
             * @default
             */
            problem: string;
        };
        /**
         * Playing
         * @description The clip that is being played, and how long it lasts.
         */
        Playing: {
            /** Clip Id */
            clip_id: number;
            /** Seconds */
            seconds: number;
        };
        /**
         * QuickResult
         * @description Each step; had one failed, there would be an error with these in its details.
         */
        QuickResult: {
            /** Steps */
            steps: components["schemas"]["StepResult"][];
        };
        /**
         * RecordingReachChanged
         * @description Clips can be cut from OBS's recording from `since` to `until` (Unix seconds), whatever the replay buffer does.
         *
         *     Without `since` from none, as there is none of which it is known what it shows; without `until` to now: it runs.
         */
        RecordingReachChanged: {
            /** Since */
            since: number | null;
            /**
             * Until
             * @default null
             */
            until: number | null;
        };
        /**
         * RecordStateChanged
         * @description OBS started, paused, resumed or stopped recording, to the file `path` (empty when OBS did not tell).
         *
         *     What has been recorded is as long as from `since` to `paused_at`, or to now while it runs (Unix seconds).
         *     `ended_at` is when it ended, as a stream's is.
         */
        RecordStateChanged: {
            /** Active */
            active: boolean;
            /**
             * Ended At
             * @default null
             */
            ended_at: number | null;
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
         * ReplayMeasured
         * @description What a saved replay shows of the buffer: how large and long the file is, and how far apart its key frames are.
         */
        ReplayMeasured: {
            /** Keyframe Distance Seconds */
            keyframe_distance_seconds: number;
            /** Seconds */
            seconds: number;
            /** Size Bytes */
            size_bytes: number;
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
         *     Where not `reach_sure`, it may be less: OBS limits the buffer's size, and nothing told yet how long that lasts.
         *     `too_short` tells that the longest clip does not fit, and that `replay.enable` mends it.
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
             * Reach Sure
             * @default true
             */
            reach_sure: boolean;
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
             * Too Short
             * @default false
             */
            too_short: boolean;
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
         * Screenshot
         * @description A screenshot on disk.
         */
        Screenshot: {
            /** Name */
            name: string;
            /** Size Bytes */
            size_bytes: number;
            /**
             * Taken At
             * Format: date-time
             */
            taken_at: string;
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
         * ScreenshotPage
         * @description Screenshots, newest first, and how many there are in all.
         */
        ScreenshotPage: {
            /** Items */
            items: components["schemas"]["Screenshot"][];
            /** Total */
            total: number;
        };
        /**
         * ScreenshotSaved
         * @description A screenshot is on disk: of what is on air, or of what is not.
         */
        ScreenshotSaved: {
            /** Screenshot */
            screenshot: {
                [key: string]: unknown;
            };
        };
        /**
         * Segment
         * @description One utterance. Its id is when it began, in milliseconds since 1970: later ones have greater ids.
         */
        Segment: {
            /** Confidence */
            confidence: number;
            /** Ended At */
            ended_at: number;
            /** Id */
            id: number;
            /** Language */
            language: string;
            /** Session Id */
            session_id: number | null;
            /** Started At */
            started_at: number;
            /** Text */
            text: string;
            /** Words */
            words: components["schemas"]["TimedWord"][];
        };
        /**
         * SegmentTranscribed
         * @description An utterance is in the transcript: `{id, session_id, started_at, ended_at, text, language, confidence, words}`,
         *     each word `{start_at, end_at, text, confidence}`.
         */
        SegmentTranscribed: {
            /** Segment */
            segment: {
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
         *
         *     `choices` are all values that it can have, where those can be counted. `pc_only`: no phone may change it. `note`
         *     says what else a change of it meant.
         */
        Setting: {
            /**
             * Choices
             * @default []
             */
            choices: string[];
            default: components["schemas"]["JsonValue"];
            /** Help */
            help: string;
            /** Name */
            name: string;
            /**
             * Note
             * @default
             */
            note: string;
            /**
             * Pc Only
             * @default false
             */
            pc_only: boolean;
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
         * SpeechHeard
         * @description What an utterance sounds like so far; the next of the same number, or its segment, replaces it.
         *
         *     It began at `started_at`, and was heard up to `until`, where that is known (Unix seconds); each word is `{start_at,
         *     end_at, text, confidence}`. Numbers are never used again while the companion runs. `muted`: not for the audience.
         */
        SpeechHeard: {
            /**
             * Muted
             * @default false
             */
            muted: boolean;
            /** Started At */
            started_at: number;
            /** Text */
            text: string;
            /** Until */
            until: number | null;
            /** Utterance */
            utterance: number;
            /** Words */
            words: {
                [key: string]: unknown;
            }[];
        };
        /**
         * SpeechStateChanged
         * @description What recognition does: `state` is off, no_model, waiting, listening, loading, catching_up, postponing or failed.
         *
         *     `step` is the governor's (full, small, detect, spool); `backlog_seconds` is sound that waits to be recognized.
         */
        SpeechStateChanged: {
            /**
             * Backlog Seconds
             * @default 0
             */
            backlog_seconds: number;
            /**
             * Detail
             * @default
             */
            detail: string;
            /**
             * Device
             * @default
             */
            device: string;
            /**
             * Gate
             * @default idle
             */
            gate: string;
            /**
             * Model
             * @default
             */
            model: string;
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** State */
            state: string;
            /**
             * Step
             * @default full
             */
            step: string;
        };
        /**
         * SpeechStatus
         * @description What recognition does now; `backlog_seconds` of sound wait, `on_disk_seconds` of that in files.
         *
         *     `lost_seconds` of sound had to be given up since the start: the disk was full, or recognition crashed on it again
         *     and again.
         */
        SpeechStatus: {
            /** Backlog Seconds */
            backlog_seconds: number;
            /** Detail */
            detail: string;
            /** Device */
            device: string;
            /** Gate */
            gate: string;
            /** Lost Seconds */
            lost_seconds: number;
            /** Model */
            model: string;
            /** On Disk Seconds */
            on_disk_seconds: number;
            /** Reason */
            reason: string;
            /** Remedy */
            remedy: string;
            /** Runs On */
            runs_on: string;
            /** State */
            state: string;
            step: components["schemas"]["Step"];
        };
        /**
         * StartedBy
         * @description Who started a session: the streamer, or OBS going live or recording.
         * @enum {string}
         */
        StartedBy: "hand" | "stream" | "recording";
        /**
         * StatsHistory
         * @description `now` is None without OBS. Each of `series` has one value for each moment in `at` (Unix seconds).
         *
         *     Where OBS was away there are no moments; counts begin anew when OBS or its stream does.
         */
        StatsHistory: {
            /** At */
            at: number[];
            now: components["schemas"]["ObsStatsMeasured"] | null;
            /** Series */
            series: {
                [key: string]: (number | null)[];
            };
        };
        /**
         * Step
         * @description What is done with the sound, from the dearest to the cheapest; the later ones postpone words, and lose none.
         * @enum {string}
         */
        Step: "full" | "small" | "detect" | "spool";
        /**
         * StepResult
         * @description A step and what came of it: for a failed one the error's code, sentence and remedy.
         */
        StepResult: {
            /**
             * Code
             * @default
             */
            code: string;
            /**
             * Message
             * @default
             */
            message: string;
            outcome: components["schemas"]["Outcome"];
            /**
             * Remedy
             * @default
             */
            remedy: string;
            /** Step */
            step: components["schemas"]["ActionStep"] | components["schemas"]["WaitStep"];
        };
        /**
         * StreamStateChanged
         * @description OBS started or stopped streaming; `since` is when the stream began, `ended_at` when it ended (Unix seconds).
         *
         *     Where nobody saw it end, it ended when OBS was seen last; None where OBS was not seen streaming.
         */
        StreamStateChanged: {
            /** Active */
            active: boolean;
            /**
             * Ended At
             * @default null
             */
            ended_at: number | null;
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
        /**
         * Subtitled
         * @description A copy of a clip with its words in the picture.
         */
        Subtitled: {
            /** Path */
            path: string;
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * Switched
         * @description Whether it is on, or shown, now.
         */
        Switched: {
            /** On */
            on: boolean;
        };
        /**
         * TagCount
         * @description A tag, and how many clips have it.
         */
        TagCount: {
            /** Clips */
            clips: number;
            /** Tag */
            tag: string;
        };
        /**
         * TimedWord
         * @description One word and when it was said; `confidence` is 0 to 1.
         */
        TimedWord: {
            /** Confidence */
            confidence: number;
            /** End At */
            end_at: number;
            /** Start At */
            start_at: number;
            /** Text */
            text: string;
        };
        /**
         * TotpOffer
         * @description A new secret for an authenticator app, as an address and its QR code.
         */
        TotpOffer: {
            /** Qr Svg */
            qr_svg: string;
            /** Uri */
            uri: string;
        };
        /**
         * TranscriptPage
         * @description What was said, in order of time, and whether more was said before that.
         */
        TranscriptPage: {
            /** Items */
            items: components["schemas"]["Segment"][];
            /** More */
            more: boolean;
        };
        /**
         * Understood
         * @description What a text would do if it was said alone: nothing, where `phrase` is None.
         */
        Understood: {
            /**
             * Action
             * @default
             */
            action: string;
            /**
             * Arguments
             * @default {}
             */
            arguments: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /**
             * Phrase
             * @default null
             */
            phrase: string | null;
        };
        /**
         * Voice
         * @description Whether phrases are listened for, the name that goes before them, if one does, and all of them.
         */
        Voice: {
            /** Name */
            name: string;
            /** On */
            on: boolean;
            /** Phrases */
            phrases: components["schemas"]["Phrase"][];
        };
        /**
         * VoiceCommandHeard
         * @description A phrase was said at `said_at` (Unix seconds), and this came of it.
         *
         *     `outcome` is `ok`, `confirmation_asked` (said again, it is done), `too_late`, or the code of the action's error.
         */
        VoiceCommandHeard: {
            /** Action */
            action: string;
            /** Arguments */
            arguments: {
                [key: string]: unknown;
            };
            /**
             * Message
             * @default
             */
            message: string;
            /** Outcome */
            outcome: string;
            /** Phrase */
            phrase: string;
            /**
             * Said At
             * @default 0
             */
            said_at: number;
        };
        /**
         * WaitingPhone
         * @description A phone that asks to be let in; the same `number` is on its screen.
         */
        WaitingPhone: {
            /** Address */
            address: string;
            /** Asked At */
            asked_at: number;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Number */
            number: string;
        };
        /**
         * WaitStep
         * @description A wait of so many seconds.
         */
        WaitStep: {
            /** Wait */
            wait: number;
        };
    };
    responses: {
        /** @description `invalid_arguments` (details.problems names each field), `invalid_json`, `body_too_slow`, `confirmation_needed` (details.actions names what asks a person first), or another code */
        Error400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `unauthorized`, `token_expired`, `token_invalid`, `device_revoked`, `refresh_reused`, `ticket_invalid` */
        Error401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description `host_not_allowed`, `origin_not_allowed`, `header_needed`, `scope_too_low`, `one_time_password_needed` */
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
        /** @description `body_too_large`: at most 1 MiB, at /auth/ 4 KiB */
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
        /** @description `too_many_tries`, `too_many_streams`: wait; `Retry-After` says how long */
        Error429: {
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
    "audit.list": {
        parameters: {
            query?: {
                /** @description Only entries older than this one */
                before?: number | null;
                /** @description At most so many */
                limit?: number;
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
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "captions.show": {
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
                    "application/json": components["schemas"]["Captions"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "captions.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * On
                     * @description On or off
                     */
                    on: boolean;
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
                    "application/json": components["schemas"]["Captions"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "captions.address": {
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
                    "application/json": components["schemas"]["CaptionAddress"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "captions.renew": {
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
                    "application/json": components["schemas"]["CaptionAddress"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.delete": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
            };
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.play": {
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
                    "application/json": components["schemas"]["Playing"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.subtitled": {
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.burn": {
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
                    "application/json": components["schemas"]["Subtitled"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.subtitles": {
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
                    "application/json": components["schemas"]["Cues"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.play_last": {
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
                    "application/json": components["schemas"]["Playing"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Query
                     * @description What was said, or what about
                     */
                    query: string;
                    /**
                     * Session
                     * @description Only in this session
                     * @default null
                     */
                    session?: number | null;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.range": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * End At
                     * @description When it ends; not in the future
                     */
                    end_at: number;
                    /**
                     * Start At
                     * @description When it begins, in Unix seconds
                     */
                    start_at: number;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "dashboard.ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A link that opens the dashboard once, within a minute */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        url: string;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
        };
    };
    "deck.show": {
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
                    "application/json": components["schemas"]["DeckView"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "deck.save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Pages
                     * @description All pages; none: the first deck again
                     */
                    pages: components["schemas"]["DeckPage"][];
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
                    "application/json": components["schemas"]["DeckView"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "device.list": {
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
                    "application/json": components["schemas"]["DeviceInfo"][];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "device.revoke_all": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
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
                    "application/json": number;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "device.revoke": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
            };
            header?: never;
            path: {
                /** @description The device's number */
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "device.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Name
                     * @description Its new name
                     * @default null
                     */
                    name?: string | null;
                    /**
                     * @description What it may do from now on
                     * @default null
                     */
                    scope?: components["schemas"]["DeviceScope"] | null;
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
                    "application/json": components["schemas"]["DeviceInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
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
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
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
            404: components["responses"]["Error404"];
            429: components["responses"]["Error429"];
        };
    };
    "events.stream": {
        parameters: {
            query?: {
                /** @description Send what happened after the event with this id. */
                since?: number;
                /** @description Topics of what is measured, with commas: such as meters,stats. */
                watch?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It begins */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
        };
    };
    "events.alive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    stream: number;
                };
            };
        };
        responses: {
            /** @description It goes on */
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
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
        };
    };
    "lan.show": {
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
                    "application/json": components["schemas"]["LanInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "lan.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * On
                     * @description Serve phones, or no longer
                     */
                    on: boolean;
                    /**
                     * Plain Http
                     * @description Without encryption: everybody in the network can read along and take a phone's place
                     * @default false
                     */
                    plain_http?: boolean;
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
                    "application/json": components["schemas"]["LanInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "lan.renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "macro.list": {
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
                    "application/json": components["schemas"]["MacroInfo"][];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "macro.save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Id
                     * @description The macro to change; none: a new one
                     * @default null
                     */
                    id?: number | null;
                    /**
                     * Name
                     * @description Its name
                     */
                    name: string;
                    /**
                     * Steps
                     * @description Actions, and waits in seconds
                     */
                    steps: (components["schemas"]["ActionStep"] | components["schemas"]["WaitStep"])[];
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
                    "application/json": components["schemas"]["MacroInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "macro.delete": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
            };
            header?: never;
            path: {
                /** @description The macro's number */
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "macro.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The macro's number */
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
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "macro.run": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The macro's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed to what it contains that asks first
                     * @default false
                     */
                    confirmed?: boolean;
                    /**
                     * Wait
                     * @description Answer when it has ended, not when it has begun
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
                    "application/json": components["schemas"]["MacroInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "microphone.show": {
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
                    "application/json": components["schemas"]["MicrophoneStatus"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "microphone.use": {
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
                     * Name
                     * @description The microphone's name, as listed; none: the one that the system uses
                     * @default null
                     */
                    name?: string | null;
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
                    "application/json": components["schemas"]["MicrophoneStatus"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "microphone.test": {
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
                     * Name
                     * @description The microphone's name, as listed; none: the one that the system uses
                     * @default null
                     */
                    name?: string | null;
                    /**
                     * Seconds
                     * @description How long
                     * @default 3
                     */
                    seconds?: number;
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
                    "application/json": components["schemas"]["Heard"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "microphone.list": {
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
                    "application/json": components["schemas"]["Microphone"][];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "models.list": {
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
                    "application/json": components["schemas"]["ModelInfo"][];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "models.download": {
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
                     * Name
                     * @description The model's name; none: one that suits this PC, as a short measurement shows
                     * @default null
                     */
                    name?: string | null;
                    /**
                     * Wait
                     * @description Answer when it is there, not when it was begun
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
                    "application/json": components["schemas"]["ModelInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "models.remove": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
            };
            header?: never;
            path: {
                /** @description The model's name, as listed */
                name: string;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "models.use": {
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
                     * Name
                     * @description A model's name, or a folder's path; none: the best that is fast enough here
                     * @default null
                     */
                    name?: string | null;
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
                    "application/json": components["schemas"]["ModelInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
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
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
        };
    };
    "pairing.show": {
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
                    "application/json": components["schemas"]["Pairing"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "pairing.start": {
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
                    "application/json": components["schemas"]["PairingOffer"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "pairing.stop": {
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "pairing.code": {
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
                    "application/json": components["schemas"]["PairingOffer"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "pairing.allow": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The request's number, as in `companion pairing show` */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description What the phone may do
                     * @default control
                     */
                    scope?: components["schemas"]["DeviceScope"];
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
                    "application/json": components["schemas"]["DeviceInfo"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "pairing.deny": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The request's number, as in `companion pairing show` */
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
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
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
            429: components["responses"]["Error429"];
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
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "screenshot.list": {
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
                    "application/json": components["schemas"]["ScreenshotPage"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "screenshot.show": {
        parameters: {
            query?: never;
            header?: {
                Range?: string;
            };
            path: {
                /** @description The screenshot's file name */
                name: string;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "screenshot.delete": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
            };
            header?: never;
            path: {
                /** @description The screenshot's file name */
                name: string;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "secrets.rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
                };
            };
        };
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
                     * @description What it captures: sound (what you say is written down), picture (the microphone stays shut as long as it is open) or both; clips that you ask for have OBS's picture and sound in each
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "speech.show": {
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
                    "application/json": components["schemas"]["SpeechStatus"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
        };
    };
    "studio.show": {
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
                    "application/json": components["schemas"]["StudioState"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "camera.start": {
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "camera.stop": {
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "collection.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
                    /**
                     * Name
                     * @description The scene collection's name
                     */
                    name: string;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "filter.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Filter
                     * @description The filter's name
                     */
                    filter: string;
                    /**
                     * On
                     * @description On or off; none: the other than now
                     * @default null
                     */
                    on?: boolean | null;
                    /**
                     * Source
                     * @description The source or scene that has it
                     */
                    source: string;
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
                    "application/json": components["schemas"]["Switched"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "input.mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Muted
                     * @description Mute it or not; none: the other than now
                     * @default null
                     */
                    muted?: boolean | null;
                    /**
                     * Name
                     * @description The input's name
                     */
                    name: string;
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
                    "application/json": components["schemas"]["Muted"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "input.volume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Db
                     * @description Decibels; 0 is as it comes, -100 silence
                     */
                    db: number;
                    /**
                     * Name
                     * @description The input's name
                     */
                    name: string;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "item.show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Item Id
                     * @description The item's number in it
                     */
                    item_id: number;
                    /**
                     * Scene
                     * @description The scene's name, or its group's
                     */
                    scene: string;
                    /**
                     * Visible
                     * @description Show it or hide it; none: the other than now
                     * @default null
                     */
                    visible?: boolean | null;
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
                    "application/json": components["schemas"]["Switched"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "media.control": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What it shall do */
                    act: components["schemas"]["MediaAct"];
                    /**
                     * Name
                     * @description The input's name
                     */
                    name: string;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "studio.mode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * On
                     * @description On or off
                     */
                    on: boolean;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "screenshot.picture": {
        parameters: {
            query?: {
                /** @description A scene or source; none: the program */
                source?: string | null;
                /** @description How wide, in pixels; it may be a little wider */
                width?: number;
            };
            header?: {
                Range?: string;
            };
            path?: never;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "scene.preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Name
                     * @description The scene's name
                     */
                    name: string;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "profile.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
                    /**
                     * Name
                     * @description The profile's name
                     */
                    name: string;
                    /**
                     * Stop Replay
                     * @description Stop the replay buffer for it, and lose what it holds
                     * @default false
                     */
                    stop_replay?: boolean;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "studio.quicklaunch": {
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
                     * @description A person was asked, and agreed to what it contains that asks first
                     * @default false
                     */
                    confirmed?: boolean;
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
                    "application/json": components["schemas"]["QuickResult"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "studio.quickstop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
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
                    "application/json": components["schemas"]["QuickResult"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "record.chapter": {
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
                     * Name
                     * @description The chapter's name
                     * @default null
                     */
                    name?: string | null;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "record.pause": {
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
                    "application/json": components["schemas"]["RecordStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "record.resume": {
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
                    "application/json": components["schemas"]["RecordStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "record.start": {
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
                    "application/json": components["schemas"]["RecordStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "record.stop": {
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
                    "application/json": components["schemas"]["RecordStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "scene.switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Name
                     * @description The scene's name
                     */
                    name: string;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "screenshot.save": {
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
                     * Source
                     * @description A scene or source; none: the program
                     * @default null
                     */
                    source?: string | null;
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
                    "application/json": components["schemas"]["Screenshot"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "studio.stats": {
        parameters: {
            query?: {
                /** @description How far back */
                minutes?: number;
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
                    "application/json": components["schemas"]["StatsHistory"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "stream.start": {
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
                    "application/json": components["schemas"]["StreamStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "stream.stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
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
                    "application/json": components["schemas"]["StreamStateChanged"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "studio.transition": {
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
                     * Name
                     * @description The transition to use from now on
                     * @default null
                     */
                    name?: string | null;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
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
            429: components["responses"]["Error429"];
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
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A person was asked, and agreed
                     * @constant
                     */
                    confirmed: true;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "clip.tags": {
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
                    "application/json": components["schemas"]["TagCount"][];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "totp.set_up": {
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
                    "application/json": components["schemas"]["TotpOffer"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "totp.remove": {
        parameters: {
            query: {
                /** @description A person was asked, and agreed */
                confirmed: true;
            };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "totp.confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Code
                     * @description The code that the authenticator app shows
                     */
                    code: string;
                };
            };
        };
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "transcript.show": {
        parameters: {
            query?: {
                /** @description From this segment on */
                after?: number | null;
                /** @description Only what was said before this segment */
                before?: number | null;
                /** @description Only what is heard in this clip */
                clip?: number | null;
                /** @description How many, the newest ones */
                limit?: number;
                /** @description Only what was said in this session */
                session?: number | null;
                /** @description Only what was said at this time or later */
                since?: string | null;
                /** @description Only what was said before this time */
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
                    "application/json": components["schemas"]["TranscriptPage"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "transcript.mark": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The segment's number */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Title
                     * @description A title; none: what was said
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "transcript.hear": {
        parameters: {
            query?: never;
            header?: {
                Range?: string;
            };
            path: {
                /** @description The segment's number */
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "transcript.export": {
        parameters: {
            query?: {
                /** @description Only what is heard in this clip */
                clip?: number | null;
                /** @description SubRip, WebVTT, text, or JSON with words */
                form?: components["schemas"]["Form"];
                /** @description Only what was said in this session */
                session?: number | null;
                /** @description Only what was said at this time or later */
                since?: string | null;
                /** @description Only what was said before this time */
                until?: string | null;
            };
            header?: {
                Range?: string;
            };
            path?: never;
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
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "transcript.search": {
        parameters: {
            query: {
                /** @description Only what was said before this segment */
                before?: number | null;
                /** @description How many */
                limit?: number;
                /** @description Words; "in quotes" as a phrase; gam* for a beginning */
                query: string;
                /** @description Only what was said in this session */
                session?: number | null;
                /** @description Only what was said at this time or later */
                since?: string | null;
                /** @description Only what was said before this time */
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
                    "application/json": components["schemas"]["Found"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "voice.show": {
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
                    "application/json": components["schemas"]["Voice"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "voice.try": {
        parameters: {
            query: {
                /** @description What somebody says, and nothing else */
                text: string;
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
                    "application/json": components["schemas"]["Understood"];
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            500: components["responses"]["Error500"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.leave": {
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
            413: components["responses"]["Error413"];
            429: components["responses"]["Error429"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        device: number | null;
                        /** @enum {unknown} */
                        door: "phone" | "dashboard" | "http";
                        installation: string;
                        name: string;
                        /** @enum {unknown} */
                        scope: "view" | "control" | "admin";
                        version: string;
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
        };
    };
    "auth.pairing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Allowed: the answer sets the cookies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_at: number;
                        number: string;
                        /** @enum {unknown} */
                        scope: "view" | "control" | "admin" | null;
                        /** @enum {unknown} */
                        state: "waiting" | "allowed" | "denied" | "expired";
                    };
                };
            };
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            429: components["responses"]["Error429"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.pair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code?: string;
                    name: string;
                    secret?: string;
                };
            };
        };
        responses: {
            /** @description The request waits for the streamer */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_at: number;
                        id: number;
                        number: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            409: components["responses"]["Error409"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
        };
    };
    "auth.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Fresh cookies */
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
            413: components["responses"]["Error413"];
            429: components["responses"]["Error429"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.step_up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                };
            };
        };
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
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
            502: components["responses"]["Error502"];
            503: components["responses"]["Error503"];
        };
    };
    "auth.ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    ticket: string;
                };
            };
        };
        responses: {
            /** @description The dashboard's own token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        token: string;
                    };
                };
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            404: components["responses"]["Error404"];
            413: components["responses"]["Error413"];
            415: components["responses"]["Error415"];
            429: components["responses"]["Error429"];
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
            429: components["responses"]["Error429"];
        };
    };
    "events.socket": {
        parameters: {
            query?: {
                /** @description Send what happened after the event with this id. */
                since?: number;
                /** @description Topics of what is measured, with commas: such as meters,stats. */
                watch?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It begins */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Error400"];
            401: components["responses"]["Error401"];
            403: components["responses"]["Error403"];
            429: components["responses"]["Error429"];
        };
    };
}
