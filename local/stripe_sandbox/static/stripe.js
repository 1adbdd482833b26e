// A stand-in for Stripe.js: the part of https://docs.stripe.com/js that a checkout with the Payment Element uses.
(() => {
  "use strict";
  const ORIGIN = new URL(document.currentScript.src).origin;
  const UNREACHABLE = "The payment service cannot be reached. Check your connection and try again.";

  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  // Form pairs of a nested object, `[address][city]=…`, without what is undefined or null.
  function pairs(value, name = "") {
    if (value === undefined || value === null) return [];
    if (typeof value !== "object") return [[name, String(value)]];
    return Object.entries(value).flatMap(([key, entry]) => pairs(entry, name ? `${name}[${key}]` : key));
  }

  async function request(method, path, params) {
    const form = new URLSearchParams(pairs(params));
    const [url, options] = method === "GET" ? [`${path}?${form}`, {}] : [path, { method, body: form }];
    try {
      const response = await fetch(`${ORIGIN}${url}`, options);
      const answer = await response.json();
      return response.ok ? { paymentIntent: answer } : { error: answer.error };
    } catch {
      return { error: { type: "api_connection_error", message: UNREACHABLE } };
    }
  }

  function frame(path, title) {
    const element = document.createElement("iframe");
    const separator = path.includes("?") ? "&" : "?";
    element.src = `${ORIGIN}${path}${separator}parent=${encodeURIComponent(location.origin)}`;
    element.title = title;
    Object.assign(element.style, { border: "0", display: "block", width: "100%" });
    return element;
  }

  class PaymentElement {
    #frame = frame("/elements/payment", "Secure card payment form");
    #listeners = {};
    #questions = new Map();
    #ready;
    #becomeReady;

    constructor(appearance) {
      this.#frame.style.height = "180px";
      this.#ready = new Promise((resolve) => { this.#becomeReady = resolve; });
      this.#ready.then(() => this.ask("appearance", appearance ?? {}));
      window.addEventListener("message", this.#receive);
    }

    #receive = ({ source, origin, data }) => {
      if (source !== this.#frame.contentWindow || origin !== ORIGIN) return;
      if (data.sandbox === "answer") {
        this.#questions.get(data.id)?.(data.value);
        this.#questions.delete(data.id);
      } else if (data.sandbox === "height") {
        this.#frame.style.height = `${data.value}px`;
      } else {
        if (data.sandbox === "ready") this.#becomeReady();
        for (const listener of this.#listeners[data.sandbox] ?? []) listener(data.value ?? { elementType: "payment" });
      }
    };

    async ask(question, payload) {
      if (!this.#frame.isConnected) throw new IntegrationError("The Payment Element is not mounted.");
      await this.#ready;
      const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
      return new Promise((resolve) => {
        this.#questions.set(id, resolve);
        this.#frame.contentWindow.postMessage({ ask: question, id, payload }, ORIGIN);
      });
    }

    mount(target) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      if (!place) throw new IntegrationError(`The selector you specified (${target}) applies to no DOM elements.`);
      place.replaceChildren(this.#frame);
    }

    on(event, listener) {
      (this.#listeners[event] ??= []).push(listener);
      return this;
    }

    off(event, listener) {
      this.#listeners[event] = (this.#listeners[event] ?? []).filter((entry) => listener && entry !== listener);
      return this;
    }

    focus() { this.ask("focus"); }
    clear() { this.ask("clear"); }
    update() {}
    unmount() { this.#frame.remove(); }

    destroy() {
      this.unmount();
      window.removeEventListener("message", this.#receive);
    }
  }

  class Elements {
    constructor(options) {
      if (!options?.clientSecret && !(options?.mode && options?.currency)) {
        throw new IntegrationError("elements() needs a clientSecret, or mode, amount and currency.");
      }
      this.options = { ...options };
      this.submitted = Boolean(options.clientSecret);
      this.element = null;
    }

    create(type) {
      if (type !== "payment") throw new IntegrationError(`The Stripe sandbox has no element of type ${type}.`);
      if (this.element) throw new IntegrationError("Can only create one Element of type payment.");
      this.element = new PaymentElement(this.options.appearance);
      return this.element;
    }

    getElement(type) { return type === "payment" ? this.element : null; }

    update(options) {
      Object.assign(this.options, options);
      if (options.appearance && this.element) this.element.ask("appearance", options.appearance);
    }

    async fetchUpdates() { return {}; }

    async submit() {
      if (!this.element) throw new IntegrationError("elements.submit() needs a mounted Payment Element.");
      const { error } = await this.element.ask("submit");
      if (error) return { error };
      this.submitted = true;
      return { selectedPaymentMethod: "card" };
    }
  }

  // The bank's page over the shop's page; settles when the bank has answered.
  function challenge(url) {
    return new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      const { pathname, search } = new URL(url);
      const content = frame(pathname + search, "Confirm your payment with your bank");
      dialog.setAttribute("aria-label", content.title);
      Object.assign(dialog.style, { border: "0", borderRadius: "12px", padding: "0", width: "min(28rem, 92vw)" });
      content.style.height = "min(24rem, 80vh)";
      dialog.append(content);
      // Escape would leave the payment undecided; the page itself offers to fail it.
      dialog.addEventListener("cancel", (event) => event.preventDefault());
      const receive = ({ source, origin, data }) => {
        if (source !== content.contentWindow || origin !== ORIGIN || data.sandbox !== "challenge-done") return;
        window.removeEventListener("message", receive);
        dialog.close();
        dialog.remove();
        resolve();
      };
      window.addEventListener("message", receive);
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  function Stripe(key) {
    if (!/^pk_/.test(key ?? "")) throw new IntegrationError("Stripe() needs a publishable key, pk_….");
    const path = (secret) => `/v1/payment_intents/${encodeURIComponent(String(secret).split("_secret_")[0])}`;
    const retrieve = (secret) => request("GET", path(secret), { key, client_secret: secret });

    async function finish(answer, secret) {
      if (answer.error) return answer;
      const action = answer.paymentIntent.next_action;
      if (answer.paymentIntent.status !== "requires_action" || !action) return answer;
      if (action.type === "redirect_to_url") {
        location.assign(action.redirect_to_url.url);
        return new Promise(() => {});
      }
      await challenge(action.use_stripe_sdk.stripe_js);
      const after = await retrieve(secret);
      const failure = after.paymentIntent?.last_payment_error;
      return failure ? { error: { ...failure, payment_intent: after.paymentIntent } } : after;
    }

    // The PaymentMethod of the mounted form, or the one the shop names.
    async function chosenMethod(elements, params) {
      if (!elements) return { id: params.payment_method };
      const data = params.payment_method_data ?? {};
      const billingDetails = pairs({ billing_details: data.billing_details });
      const made = await elements.element.ask("createPaymentMethod", { billingDetails });
      return made.error ? made : { id: made.paymentMethod.id };
    }

    async function confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const secret = clientSecret ?? elements?.options.clientSecret;
      if (!secret) throw new IntegrationError("confirmPayment() needs a clientSecret.");
      if (redirect === "always" && !confirmParams.return_url) {
        throw new IntegrationError("confirmPayment() needs confirmParams.return_url, or redirect: 'if_required'.");
      }
      if (elements && !elements.submitted) {
        throw new IntegrationError("elements.submit() must be called before stripe.confirmPayment().");
      }
      const method = await chosenMethod(elements, confirmParams);
      if (method.error) return { error: method.error };
      const { return_url, receipt_email, shipping } = confirmParams;
      const params = { key, client_secret: secret, payment_method: method.id, return_url, receipt_email, shipping };
      const confirmed = await request("POST", `${path(secret)}/confirm`, { ...params, use_stripe_sdk: true });
      const result = await finish(confirmed, secret);
      if (result.error) {
        if (result.error.type === "card_error") await elements?.element.ask("showError", { error: result.error });
        return { error: result.error };
      }
      if (redirect !== "always") return result;
      const target = new URL(return_url);
      target.searchParams.set("payment_intent", result.paymentIntent.id);
      target.searchParams.set("payment_intent_client_secret", secret);
      const pending = result.paymentIntent.status === "processing";
      target.searchParams.set("redirect_status", pending ? "pending" : "succeeded");
      location.assign(target);
      return new Promise(() => {});
    }

    return {
      confirmPayment,
      elements: (options) => new Elements(options),
      handleNextAction: async ({ clientSecret }) => finish(await retrieve(clientSecret), clientSecret),
      retrievePaymentIntent: retrieve,
    };
  }

  Stripe.version = 3;
  window.Stripe = Stripe;
})();
