export * from './main.js';
export * from './values.js';
