// Tells the shop's page, through Stripe.js, that the bank has answered.
(() => {
  "use strict";
  const { parent: origin, paymentIntent } = document.getElementById("challenge-done").dataset;
  if (origin && window.parent !== window) {
    window.parent.postMessage({ sandbox: "challenge-done", paymentIntent }, origin);
  }
})();
