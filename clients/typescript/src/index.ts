/**
 * A client of Kukla's REST interface, for Node 18 and later and for browsers.
 *
 * It is: typed requests and answers, errors sorted by what to do about them, retries with back-off,
 * streamed imports that go on after the last acknowledged line. It needs nothing but `fetch`.
 */

export { Client } from "./client.js";
export {
  AddressError,
  AnswerError,
  ConflictError,
  ConnectionFailedError,
  type ErrorKind,
  ForbiddenError,
  ImportEndedError,
  InvalidError,
  KuklaError,
  NotFoundError,
  OverloadedError,
  ProblemError,
  ServerError,
  UnavailableError,
} from "./errors.js";
export type { ImportOptions, ImportSummary, Line } from "./importing.js";
export type * from "./models.js";
export { contractVersion } from "./models.js";
export { type ClientOptions, defaultOptions } from "./transport.js";
