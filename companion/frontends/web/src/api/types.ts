// The daemon's types, as the OpenAPI document gives them, under the names that the app uses.
import type { components, operations } from "./schema";
import type { Planned } from "./contract";

type Schemas = components["schemas"];
type Json<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
/** `T`, or nothing to give where the document says that there is none. */
type Given<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Parts<O> = O extends { parameters: { path?: infer P; query?: infer Q } } ? Given<P> & Given<Q> : unknown;
type Body<O> = O extends { requestBody?: infer B } ? (NonNullable<B> extends { content: { "application/json": infer T } } ? Given<T> : unknown) : unknown;

type Actions = Omit<Planned, keyof operations> & {
  [N in keyof operations]: {
    arguments: Parts<operations[N]> & Body<operations[N]>;
    answer: operations[N]["responses"] extends { 200: infer R } ? Json<R> : undefined;
  };
};
export type ActionName = keyof Actions & string;
export type Arguments<N extends ActionName> = Actions[N]["arguments"];
export type Answer<N extends ActionName> = Actions[N]["answer"];

export type Clip = Schemas["ClipSummary"];
export type ClipWithReceipt = Answer<"clip.show">;
export type Component = Schemas["Component"];
export type Session = Schemas["Session"];
export type SessionDetail = Answer<"session.show">;
export type Mark = Schemas["Mark"];
export type Setting = Schemas["Setting"];
export type Replay = Schemas["ReplayStateChanged"];
