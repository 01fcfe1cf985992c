import type { RequestHandler, Router } from 'express';
import { callerOf } from './caller.js';
import { forbidden } from './forbidden.js';
import { PERMISSIONS, type Permission, type Role, type RouteName } from './permissions.js';

/** Mounts a route behind the authentication and roles that the table of permissions requires. */
export type MountRoute = (route: RouteName, ...handlers: readonly (RequestHandler | RequestHandler[])[]) => void;

/**
 * The only way to add a route to the router: a route that is missing in the table cannot be mounted.
 *
 * @param identify - handlers that authenticate a request
 */
export function guardedRoutes(router: Router, identify: readonly RequestHandler[]): MountRoute {
  return (route, ...handlers) => {
    if (!Object.hasOwn(PERMISSIONS, route)) throw new Error(`${route} is not in the table of permissions.`);
    const permission: Permission = PERMISSIONS[route];
    const [method, pattern] = route.split(' ') as [keyof typeof METHODS, string];
    const guards = permission === 'everybody' ? [] : [...identify, admit(permission)];
    router.route(pattern)[METHODS[method]]([...guards, ...handlers.flat()]);
  };
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put' } as const;

function admit(roles: readonly Role[]): RequestHandler {
  return (_request, response, next) => {
    const { role } = callerOf(response);
    next(role && roles.includes(role) ? undefined : forbidden());
  };
}
