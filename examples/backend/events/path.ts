/** The path of the stream of events. */
export const EVENTS = '/events';
