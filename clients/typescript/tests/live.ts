/** Starts a real `kukla serve` on a free loopback port with a data folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { Client } from "../src/index.js";

/** Seen from the compiled file. */
export const repository = resolve(fileURLToPath(import.meta.url), "../../../../..");

const START_MS_MAX = 60_000;

/** The server's program: KUKLA_BINARY, or the release build's. */
function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(repository, "target");
  const path = process.env.KUKLA_BINARY ?? join(target, "release/kukla");
  if (!existsSync(path)) {
    throw new Error(`${path} is missing; run \`make build\`, or set KUKLA_BINARY`);
  }
  return path;
}

/** A port that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.on("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      listener.close(() => {
        if (typeof address === "object" && address !== null) {
          resolve(address.port);
        } else {
          reject(new Error("no port"));
        }
      });
    });
  });
}

/** A running server. */
export class Server {
  readonly url: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "kukla-clients-"));
  private process: ChildProcess | undefined;

  private constructor(private readonly port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** A server that is ready. */
  static async open(): Promise<Server> {
    const server = new Server(await freePort());
    await server.start();
    return server;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    const log = join(this.folder, "log");
    const output = openSync(log, "a");
    const listen = `127.0.0.1:${this.port}`;
    const started = spawn(
      binary(),
      ["serve", "--listen", listen, "--data", join(this.folder, "data")],
      { stdio: ["ignore", output, output] },
    );
    this.process = started;
    const client = new Client(this.url, { retriesMax: 0 });
    const deadline = Date.now() + START_MS_MAX;
    for (;;) {
      try {
        await client.ready();
        return;
      } catch (error) {
        if (started.exitCode !== null || Date.now() > deadline) {
          await this.kill();
          const text = readFileSync(log, "utf8");
          throw new Error(`the server did not start: ${String(error)}: ${text}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Ends the process as `kill -9` does; what was acknowledged is on disk. */
  async kill(): Promise<void> {
    const running = this.process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  }

  /** Ends the process and removes its folder. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
