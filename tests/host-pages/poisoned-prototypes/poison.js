// What careless libraries do to a page.
Array.prototype.last = function () { return this[this.length - 1]; };
Object.prototype.extra = 'enumerable';
String.prototype.trim = ((trim) => function () { return trim.call(this); })(String.prototype.trim);
Function.prototype.bind = ((bind) => function (...a) { return bind.apply(this, a); })(Function.prototype.bind);
window.fetch = ((fetch) => (...a) => fetch(...a))(window.fetch);
window.Promise = class extends Promise {};
