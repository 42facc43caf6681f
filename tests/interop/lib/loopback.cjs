// Preload (node --require): the suite's servers listen on every interface unless told otherwise; here they get loopback only.
// Where the handle is made: a host given to listen() is looked up first, and the suite reads the address in the same tick.
const net = require('node:net');
const make = net.Server.prototype._listen2;
if (typeof make !== 'function') throw new Error('this node makes its listeners in another way');
net.Server.prototype._listen2 = function (address, port, type, ...rest) {
  return port >= 0 && (!address || address === '::' || address === '0.0.0.0') ? make.call(this, '127.0.0.1', port, 4, ...rest) : make.call(this, address, port, type, ...rest);
};
