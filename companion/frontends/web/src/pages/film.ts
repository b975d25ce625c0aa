// Why a clip's film stopped, and how it goes on.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, authorised, OWN } from "../api/client";
import { t } from "../i18n";

const RETRY_MS = 2000;

export interface Failure {
  /** Why it is not played now; null while it is. */
  error: ApiError | null;
  /** Find out, and go on where it stopped as soon as it can be had. */
  look: () => Promise<void>;
  /** Once its length is known: whether it went on where it had stopped. */
  resume: () => boolean;
}

/**
 * The failure of the film at `address` that `video` shows. The video's own error tells too little: that it is "not
 * supported" is said of a network that is away, too, so the daemon is asked; only what fails again is unplayable.
 */
export function useFailure(address: string, video: { current: HTMLVideoElement | null }): Failure {
  const [error, setError] = useState<ApiError | null>(null);
  const left = useRef<{ at: number; playing: boolean } | null>(null);
  const retriedAt = useRef<number | null>(null);
  const look = async () => {
    const element = video.current;
    const code = element?.error?.code;
    if (!element || code === undefined) return;
    const { at } = (left.current ??= { at: element.currentTime, playing: !element.paused });
    try {
      await authorised(address, { method: "GET", headers: { Range: "bytes=0-0" } });
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      return setError(failure);
    }
    const again = retriedAt.current === at;
    if (again && code !== MediaError.MEDIA_ERR_NETWORK) return setError(new ApiError(415, OWN, t().clips.cannotPlay));
    if (again) await new Promise((done) => setTimeout(done, RETRY_MS));
    retriedAt.current = at;
    setError(null);
    video.current?.load();
  };
  useEffect(() => {
    if (!error || !(error.offline || error.status === 429 || error.status >= 500)) return;
    const timer = setTimeout(() => void look(), RETRY_MS);
    return () => clearTimeout(timer);
  }, [error]);
  const resume = () => {
    const [element, was] = [video.current, left.current];
    if (!element || !was) return false;
    left.current = null;
    element.currentTime = was.at;
    if (was.playing) void element.play().catch(() => undefined);
    return true;
  };
  return { error, look, resume };
}
