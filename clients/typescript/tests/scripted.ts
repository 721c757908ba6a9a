/** A server that answers from a script, for what a real one does only when it is in trouble. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** One answer. `isCut`: the connection breaks after the body, before the answer's end. */
export interface Reply {
  status?: number;
  /** A list is written as lines of JSON. */
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
  isCut?: boolean;
}

/** One request that came in. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** Gives one reply after the other, and keeps what it was asked. */
export class ScriptedServer {
  readonly seen: Seen[] = [];
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(...replies: Reply[]): Promise<ScriptedServer> {
    const left = [...replies];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        scripted.seen.push({
          method: request.method ?? "",
          url: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(parts).toString("utf8"),
        });
        send(response, left.shift() ?? { status: 500, body: { code: "script_ended" } });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const scripted: ScriptedServer = new ScriptedServer(server, `http://127.0.0.1:${port}`);
    return scripted;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

function send(response: ServerResponse, reply: Reply): void {
  const lines = Array.isArray(reply.body) ? reply.body : [reply.body ?? {}];
  const text = reply.text ?? lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const length = Buffer.byteLength(text) + (reply.isCut === true ? 1 : 0);
  response.writeHead(reply.status ?? 200, { ...reply.headers, "content-length": length });
  if (reply.isCut === true) {
    response.write(text, () => response.destroy());
  } else {
    response.end(text);
  }
}
