/** Sending one file. XMLHttpRequest, because fetch() cannot tell how much has gone. */

import type { Attachment } from "./frames";

export const LARGEST_BYTES = 10 * 1024 * 1024;

export interface Upload {
  /** Rejects with the HTTP status, or 0 without a connection. */
  done: Promise<Attachment>;
  abort(): void;
}

export function upload(hub: string, token: string, file: File, progress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Attachment>((resolve, reject) => {
    request.open("POST", `${hub}/chat/files?token=${encodeURIComponent(token)}`);
    request.responseType = "json";
    // Header values are bytes; a Russian name is not.
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () =>
      request.status < 300 && request.response ? resolve(request.response as Attachment) : reject(request.status);
    request.onerror = () => reject(0);
    request.send(file);
  });
  return { done, abort: () => request.abort() };
}
