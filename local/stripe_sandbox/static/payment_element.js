// The card form inside the Payment Element's frame. Card data goes from here to the API, never to the shop's page.
(() => {
  "use strict";
  const form = document.getElementById("card");
  const fields = { number: form.number, expiry: form.expiry, cvc: form.cvc };
  const shop = new URLSearchParams(location.search).get("parent");
  const VARIABLES = {
    borderRadius: "--radius",
    colorBackground: "--background",
    colorDanger: "--danger",
    colorPrimary: "--accent",
    colorText: "--text",
    fontFamily: "--font",
    fontSizeBase: "--size",
  };
  const FIELD_OF = {
    cvc: "cvc", exp_month: "expiry", exp_year: "expiry", number: "number",
    expired_card: "expiry", incorrect_cvc: "cvc",
  };

  const tell = (message) => window.parent.postMessage(message, shop);
  const digits = (text) => text.replace(/\D/g, "");

  function luhnValid(number) {
    let total = 0;
    [...number].reverse().forEach((digit, position) => {
      const value = Number(digit) * (1 + (position % 2));
      total += value > 9 ? value - 9 : value;
    });
    return total % 10 === 0;
  }

  function numberError() {
    const number = digits(fields.number.value);
    if (!number) return "Your card number is incomplete.";
    if (number.length < 12) return "Your card number is incomplete.";
    return luhnValid(number) ? "" : "Your card number is invalid.";
  }

  function expiryError() {
    const entered = digits(fields.expiry.value);
    if (entered.length < 4) return "Your card's expiration date is incomplete.";
    const month = Number(entered.slice(0, 2));
    const year = 2000 + Number(entered.slice(-2));
    if (month < 1 || month > 12) return "Your card's expiration month is invalid.";
    const today = new Date();
    const past = year < today.getFullYear() || (year === today.getFullYear() && month < today.getMonth() + 1);
    return past ? "Your card's expiration date is in the past." : "";
  }

  function cvcError() {
    const american = /^3[47]/.test(digits(fields.cvc.form.number.value));
    return digits(fields.cvc.value).length < (american ? 4 : 3) ? "Your card's security code is incomplete." : "";
  }

  const checks = { number: numberError, expiry: expiryError, cvc: cvcError };

  function show(name, message) {
    document.getElementById(`${name}-error`).textContent = message;
    fields[name].setAttribute("aria-invalid", message ? "true" : "false");
  }

  function validate() {
    let first = null;
    for (const [name, check] of Object.entries(checks)) {
      const message = check();
      show(name, message);
      if (message && !first) first = { name, message };
    }
    if (!first) return {};
    fields[first.name].focus();
    const code = `incomplete_${first.name}`;
    return { error: { type: "validation_error", code, message: first.message } };
  }

  async function createPaymentMethod({ billingDetails }) {
    const invalid = validate();
    if (invalid.error) return invalid;
    const expiry = digits(fields.expiry.value);
    const params = new URLSearchParams({
      key: form.dataset.key,
      type: "card",
      "card[number]": digits(fields.number.value),
      "card[exp_month]": expiry.slice(0, 2),
      "card[exp_year]": `20${expiry.slice(-2)}`,
      "card[cvc]": digits(fields.cvc.value),
    });
    for (const [name, value] of billingDetails) params.append(name, value);
    try {
      const response = await fetch("/v1/payment_methods", { method: "POST", body: params });
      const answer = await response.json();
      if (response.ok) return { paymentMethod: answer };
      showError(answer);
      return answer;
    } catch {
      const message = "The payment service cannot be reached. Check your connection and try again.";
      return { error: { type: "api_connection_error", message } };
    }
  }

  function showError({ error }) {
    show(FIELD_OF[error.param] ?? FIELD_OF[error.code] ?? "number", error.message);
    return {};
  }

  function applyAppearance({ theme, variables }) {
    document.documentElement.dataset.theme = theme === "night" ? "night" : "";
    for (const [name, property] of Object.entries(VARIABLES)) {
      if (variables?.[name]) document.documentElement.style.setProperty(property, variables[name]);
    }
    return {};
  }

  function clear() {
    form.reset();
    Object.keys(fields).forEach((name) => show(name, ""));
    return {};
  }

  const answers = {
    appearance: applyAppearance,
    clear,
    createPaymentMethod,
    focus: () => (fields.number.focus(), {}),
    showError,
    submit: validate,
  };

  window.addEventListener("message", async ({ source, origin, data }) => {
    if (source !== window.parent || origin !== shop || !Object.hasOwn(answers, data?.ask)) return;
    tell({ sandbox: "answer", id: data.id, value: await answers[data.ask](data.payload) });
  });

  fields.number.addEventListener("input", () => {
    fields.number.value = digits(fields.number.value).slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
  });
  fields.expiry.addEventListener("input", ({ inputType }) => {
    const entered = digits(fields.expiry.value);
    const text = /^[2-9]/.test(entered) ? `0${entered}` : entered;
    const [month, year] = [text.slice(0, 2), text.length > 4 ? text.slice(-2) : text.slice(2, 4)];
    const ready = month.length === 2 && !inputType?.startsWith("delete");
    fields.expiry.value = year || ready ? `${month} / ${year}` : month;
  });
  for (const [name, field] of Object.entries(fields)) {
    field.addEventListener("blur", () => field.value && show(name, checks[name]()));
    field.addEventListener("input", () => {
      show(name, "");
      const empty = Object.values(fields).every((entry) => !entry.value);
      const complete = Object.values(checks).every((check) => !check());
      tell({ sandbox: "change", value: { elementType: "payment", collapsed: false, complete, empty, value: { type: "card" } } });
    });
    field.addEventListener("focus", () => tell({ sandbox: "focus" }));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  new ResizeObserver(() => tell({ sandbox: "height", value: document.body.offsetHeight })).observe(document.body);
  tell({ sandbox: "ready" });
})();
