import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, authorised, invoke, OWN } from "../api/client";
import type { Clip, ClipWithReceipt } from "../api/types";
import { bytes, fineClock, length, when } from "../format";
import { t } from "../i18n";
import { store } from "../live/store";
import { go } from "../router";
import { Dialog, toast } from "../ui/feedback";
import { Icon } from "../ui/Icon";
import { may, Trouble, useLoaded, Waiting, WorkButton } from "../ui/parts";
import { isDone, Progress, remove } from "./clip";
import { useFailure } from "./film";

const SHORTEST_SECONDS = 0.1;

/** One clip: watched `from` a second on, cut shorter, named, handed on. */
export function Player({ id, from, known, close }: { id: number; from: number; known: Clip | undefined; close: () => void }) {
  const loaded = useLoaded<ClipWithReceipt>((signal) => invoke("clip.show", { id }, signal), id);
  const [trimming, setTrimming] = useState(false);
  const texts = t().clips;
  useEffect(() => {
    const again = ({ clip }: { clip: Clip }) => clip.id === id && loaded.again();
    const ends = [store.on("ClipSaved", again), store.on("ClipFailed", again), store.on("ClipChanged", again)];
    const gone = store.on("ClipDeleted", ({ clip_id }) => clip_id === id && close());
    return () => [...ends, gone].forEach((end) => end());
  }, [id]);
  const clip = loaded.data ?? known;
  if (!clip) {
    return (
      <Dialog title={texts.clip} onClose={close}>
        <Waiting loaded={loaded} />
      </Dialog>
    );
  }
  const control = may("control");
  return (
    <Dialog wide title={clip.title || texts.untitled(when(clip.trigger_at))} onClose={close}>
      {isDone(clip) ? <Film clip={clip} from={from} trimming={trimming} done={() => setTrimming(false)} /> : <Unfinished clip={clip} />}
      {clip.state === "doubtful" && clip.error_message && <Reason clip={clip} />}
      {!trimming && (
        <>
          <div class="row wrap tools">
            {isDone(clip) && <Share clip={clip} />}
            {isDone(clip) && (
              <a class="button" href={`/api/clips/${id}/video`} download={fileName(clip)}>
                <Icon name="download" /> {texts.download}
              </a>
            )}
            {isDone(clip) && control && <WithWords clip={clip} />}
            {isDone(clip) && control && (
              <button onClick={() => setTrimming(true)}>
                <Icon name="trim" /> {texts.trim}
              </button>
            )}
            {isDone(clip) && control && (
              <WorkButton
                work={async () => {
                  await invoke("clip.play", { id });
                  toast("info", texts.playing);
                }}
              >
                <Icon name="replay" /> {texts.playInObs}
              </WorkButton>
            )}
            {(clip.state === "failed" || clip.state === "doubtful") && control && (
              <WorkButton work={() => invoke("clip.retry", { id })}>
                <Icon name="refresh" /> {texts.retry}
              </WorkButton>
            )}
            <span class="grow" />
            {control && (
              <WorkButton label={texts.delete} work={() => remove(clip)}>
                <Icon name="trash" />
              </WorkButton>
            )}
          </div>
          {control && <Naming key={`${clip.title}|${clip.tags?.join()}`} clip={clip} />}
          <Facts clip={clip} receipt={loaded.data?.receipt ?? null} />
        </>
      )}
    </Dialog>
  );
}

/** Why a clip could not be made, or not made again. */
function Reason({ clip }: { clip: Clip }) {
  return <Trouble error={new ApiError(502, clip.error_code ?? OWN, clip.error_message ?? t().clips.states.failed)} />;
}

function Unfinished({ clip }: { clip: Clip }) {
  if (clip.state === "failed") return <Reason clip={clip} />;
  return (
    <div class="film waiting-clip">
      <Icon name="clip" size={32} />
      <Progress id={clip.id ?? 0} />
    </div>
  );
}

/** The video with a time line, steps by frame, and while trimming two handles. */
function Film({ clip, from, trimming, done }: { clip: Clip; from: number; trimming: boolean; done: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [time, setTime] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [seconds, setSeconds] = useState(clip.seconds ?? 0);
  const address = `/api/clips/${clip.id}/video`;
  const failure = useFailure(address, video);
  const [cut, setCut] = useState<[number, number]>([0, clip.seconds ?? 0]);
  const fps = Number(/([\d.]+) fps/.exec(clip.video ?? "")?.[1] ?? 30);
  const texts = t().clips;
  const words = useWords(clip, video);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    let frame = 0;
    const follow = () => {
      setTime(element.currentTime);
      frame = requestAnimationFrame(follow);
    };
    if (playing) follow();
    return () => cancelAnimationFrame(frame);
  }, [playing]);
  useEffect(() => {
    if (trimming && playing && time >= cut[1]) video.current?.pause();
  }, [time]);
  const seek = (to: number) => {
    if (!video.current) return;
    video.current.currentTime = Math.min(Math.max(0, to), seconds);
    setTime(video.current.currentTime);
  };
  const step = (frames: number) => {
    video.current?.pause();
    // The middle of a frame: its edges are a matter of rounding.
    seek((Math.floor(time * fps + 0.01) + frames + 0.5) / fps);
  };
  const toggle = () => {
    const element = video.current;
    if (!element) return;
    if (!element.paused) return element.pause();
    if (trimming && (time >= cut[1] - 0.05 || time < cut[0])) seek(cut[0]);
    void element.play().catch(() => undefined);
  };
  const onKey = (event: KeyboardEvent) => {
    if ((event.target as Element).matches("input:not([type=range]), textarea")) return;
    const keys: Record<string, () => void> = { " ": toggle, k: toggle, ",": () => step(-1), ".": () => step(1) };
    const run = keys[event.key];
    if (!run || (event.key === " " && (event.target as Element).matches("button"))) return;
    event.preventDefault();
    run();
  };
  return (
    <div class="film" onKeyDown={onKey}>
      {failure.error && <Trouble error={failure.error} {...(failure.error.own ? {} : { again: () => void failure.look() })} />}
      <video
        ref={video}
        src={address}
        hidden={failure.error !== null}
        {...(clip.thumbnail_path ? { poster: `/api/clips/${clip.id}/thumbnail` } : {})}
        preload="auto"
        playsInline
        aria-label={clip.title || texts.clip}
        onClick={toggle}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setTime(event.currentTarget.currentTime)}
        onLoadedMetadata={(event) => {
          setSeconds(event.currentTarget.duration);
          if (failure.resume()) return;
          setCut([0, event.currentTarget.duration]);
          if (from > 0) seek(from);
        }}
        onError={() => void failure.look()}
      />
      <div class="line">
        <input type="range" class="seek" min={0} max={seconds} step="any" value={time} aria-label={texts.position} aria-valuetext={fineClock(time)} onInput={(event) => seek(Number(event.currentTarget.value))} />
        {trimming && <Handles seconds={seconds} cut={cut} set={(next, moved) => { setCut(next); seek(moved); }} />}
      </div>
      <div class="row transport">
        <button class="bare" aria-label={texts.frameBack} title={texts.frameBack} onClick={() => step(-1)}>
          <Icon name="previous" />
        </button>
        <button class="primary square" aria-label={playing ? texts.pause : texts.play} onClick={toggle}>
          <Icon name={playing ? "pause" : "play"} />
        </button>
        <button class="bare" aria-label={texts.frameOn} title={texts.frameOn} onClick={() => step(1)}>
          <Icon name="next" />
        </button>
        {words.count > 0 && (
          <button class="bare" aria-label={texts.subtitles} title={texts.subtitles} aria-pressed={words.shown} onClick={words.toggle}>
            <Icon name="captions" />
          </button>
        )}
        <span class="grow" />
        <output class="time">
          {fineClock(time)} <span class="soft">/ {fineClock(seconds)}</span>
        </output>
      </div>
      {trimming && <Trim clip={clip} cut={cut} time={time} set={setCut} done={done} />}
    </div>
  );
}

/** What was said in the clip, as subtitles of its video; kept up with what is recognized later. */
function useWords(clip: Clip, video: { current: HTMLVideoElement | null }): { count: number; shown: boolean; toggle: () => void } {
  const id = clip.id ?? 0;
  const [shown, setShown] = useState(true);
  const track = useRef<TextTrack | null>(null);
  const loaded = useLoaded((signal) => invoke("clip.subtitles", { id }, signal), id);
  useEffect(() => {
    const [start, end] = [clip.start_at, clip.end_at].map((at) => (at ? Date.parse(at) / 1000 : NaN));
    return store.on("SegmentTranscribed", ({ segment }) => segment.ended_at > start! && segment.started_at < end! && loaded.again());
  }, [id, clip.start_at, clip.end_at]);
  useEffect(() => {
    const element = video.current;
    const found = loaded.data?.cues;
    if (!element || !found?.length) return;
    const into = (track.current ??= element.addTextTrack("subtitles", t().clips.subtitles));
    into.mode = shown ? "showing" : "hidden";
    for (const old of [...(into.cues ?? [])]) into.removeCue(old);
    for (const { start, end, lines } of found) {
      const text = lines.join("\n").replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign);
      into.addCue(new VTTCue(start, end, text));
    }
  }, [loaded.data]);
  const toggle = () => {
    if (track.current) track.current.mode = shown ? "hidden" : "showing";
    setShown(!shown);
  };
  return { count: loaded.data?.cues.length ?? 0, shown, toggle };
}

/** A copy with the words in its picture, for where subtitles cannot be switched on. */
function WithWords({ clip }: { clip: Clip }) {
  const id = clip.id ?? 0;
  const loaded = useLoaded((signal) => invoke("clip.subtitles", { id }, signal), id);
  if (!loaded.data?.cues.length) return null;
  const make = async () => {
    await invoke("clip.burn", { id });
    const link = document.createElement("a");
    link.href = `/api/clips/${id}/subtitled`;
    link.download = fileName(clip).replace(/\.\w+$/, " subtitled.mp4");
    link.click();
  };
  return (
    <WorkButton work={make}>
      <Icon name="captions" /> {t().clips.withWords}
    </WorkButton>
  );
}

/** Two handles on one line; each stops at the other. */
function Handles({ seconds, cut, set }: { seconds: number; cut: [number, number]; set: (cut: [number, number], moved: number) => void }) {
  const [start, end] = cut;
  const band = useRef<HTMLDivElement>(null);
  const texts = t().clips;
  useEffect(() => {
    band.current?.style.setProperty("--start", String(seconds ? start / seconds : 0));
    band.current?.style.setProperty("--end", String(seconds ? end / seconds : 1));
  }, [start, end, seconds]);
  return (
    <div ref={band} class="handles">
      <i />
      <input type="range" class="start" min={0} max={seconds} step={0.01} value={start} aria-label={texts.trimStart} aria-valuetext={fineClock(start)} onInput={(event) => {
        const value = Math.min(Number(event.currentTarget.value), end - SHORTEST_SECONDS);
        event.currentTarget.value = String(value);
        set([value, end], value);
      }} />
      <input type="range" class="end" min={0} max={seconds} step={0.01} value={end} aria-label={texts.trimEnd} aria-valuetext={fineClock(end)} onInput={(event) => {
        const value = Math.max(Number(event.currentTarget.value), start + SHORTEST_SECONDS);
        event.currentTarget.value = String(value);
        set([start, value], value);
      }} />
    </div>
  );
}

function Trim(props: { clip: Clip; cut: [number, number]; time: number; set: (cut: [number, number]) => void; done: () => void }) {
  const { clip, cut, time } = props;
  const [start, end] = cut;
  const texts = t().clips;
  return (
    <div class="tight">
      <div class="row wrap trimming">
        <button disabled={time >= end - SHORTEST_SECONDS} onClick={() => props.set([time, end])}>
          {texts.startHere}
        </button>
        <button disabled={time <= start + SHORTEST_SECONDS} onClick={() => props.set([start, time])}>
          {texts.endHere}
        </button>
        <span class="soft cut">{texts.keeps(length(end - start))}</span>
        <span class="grow" />
        <button onClick={props.done}>{t().common.cancel}</button>
        <WorkButton
          class="primary"
          work={async () => {
            const made = await invoke("clip.trim", { id: clip.id ?? 0, start, end, ...(clip.title ? { title: clip.title } : {}) });
            toast("good", texts.trimmed);
            props.done();
            go("clips", made.id ?? "");
          }}
        >
          <Icon name="trim" /> {texts.makeClip}
        </WorkButton>
      </div>
      <small class="soft">{texts.trimText}</small>
    </div>
  );
}

/** The system's share sheet with the file itself; only where the browser offers it. */
function Share({ clip }: { clip: Clip }) {
  const [file, setFile] = useState<File | null>(null);
  const texts = t().clips;
  const probe = new File([], "clip.mp4", { type: "video/mp4" });
  if (!navigator.canShare?.({ files: [probe] })) return null;
  const share = async () => {
    let ready = file;
    if (!ready) {
      const response = await authorised(`/api/clips/${clip.id}/video`, { method: "GET" });
      const type = response.headers.get("Content-Type") ?? "video/mp4";
      ready = new File([await response.blob()], fileName(clip), { type });
      setFile(ready);
    }
    try {
      await navigator.share({ files: [ready], ...(clip.title ? { title: clip.title } : {}) });
    } catch (error) {
      if (!(error instanceof DOMException) || error.name === "AbortError") return;
      // Fetching took longer than the browser remembers the tap: one more, with the file at hand, will do.
      if (error.name === "NotAllowedError") toast("info", texts.shareAgain);
      else throw error;
    }
  };
  return (
    <WorkButton class="primary" work={share}>
      <Icon name="share" /> {file ? texts.shareReady : texts.share}
    </WorkButton>
  );
}

function Naming({ clip }: { clip: Clip }) {
  const [title, setTitle] = useState(clip.title ?? "");
  const [tags, setTags] = useState((clip.tags ?? []).join(", "));
  const texts = t().clips;
  const changed = title !== (clip.title ?? "") || tags !== (clip.tags ?? []).join(", ");
  return (
    <div class="naming">
      <label class="field">
        {texts.title}
        <input value={title} maxLength={200} onInput={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <label class="field">
        {texts.tags}
        <input value={tags} placeholder={texts.tagsHelp} onInput={(event) => setTags(event.currentTarget.value)} />
      </label>
      {changed && (
        <WorkButton
          class="primary"
          work={() => invoke("clip.edit", { id: clip.id ?? 0, title, tags: tags.split(",").map((tag) => tag.trim()).filter(Boolean) })}
        >
          <Icon name="save" /> {t().common.save}
        </WorkButton>
      )}
    </div>
  );
}

interface Receipt {
  ok: boolean;
  checks: { name: string; ok: boolean; expected: string; measured: string }[];
}

function Facts({ clip, receipt }: { clip: Clip; receipt: Record<string, unknown> | null }) {
  const [open, setOpen] = useState(false);
  const texts = t().clips;
  const proof = receipt as unknown as Receipt | null;
  return (
    <>
      <div class="row apart facts">
        <small class="soft">
          {[when(clip.trigger_at), clip.video, clip.size_bytes != null ? bytes(clip.size_bytes) : ""].filter(Boolean).join(" · ")}
        </small>
        {proof && (
          <button class="text" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name={proof.ok ? "receipt" : "warn"} size={16} /> {proof.ok ? texts.proved : texts.states.doubtful}
          </button>
        )}
      </div>
      {open && proof && (
        <div class="scrolls">
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.check}</th>
                <th scope="col">{texts.expected}</th>
                <th scope="col">{texts.measured}</th>
              </tr>
            </thead>
            <tbody>
              {proof.checks.map((check) => (
                <tr key={check.name}>
                  <td>
                    <span class={check.ok ? "green" : "red"}>
                      <Icon name={check.ok ? "check" : "close"} size={16} />
                      <span class="hidden">{check.ok ? texts.passed : texts.failedCheck}</span>
                    </span>{" "}
                    {check.name}
                  </td>
                  <td>{check.expected}</td>
                  <td>{check.measured}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function fileName(clip: Clip): string {
  const own = clip.path?.split(/[\\/]/).pop();
  return own || `clip-${clip.id}.mp4`;
}
