// Stripe's Payment Element in the shop's colours. https://docs.stripe.com/js
import { text } from "../texts.js";

function loadStripe(address, key) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.Stripe(key)));
    script.addEventListener("error", () => reject(new Error(text("unloaded"))));
    document.head.append(script);
  });
}

// Stripe takes plain colours, so the design's values are asked for as the browser resolved them.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = resolved;
  return canvas.fillStyle;
}

function appearance() {
  return {
    theme: "stripe",
    variables: {
      colorPrimary: colour("accent"),
      colorBackground: colour("surface"),
      colorText: colour("text"),
      colorDanger: colour("bad"),
      borderRadius: "10px",
      fontFamily: "system-ui, sans-serif",
    },
  };
}

// Mounts the form and answers { stripe, elements } once it can be filled in.
export async function mountCard(form, options) {
  const place = form.querySelector("#payment-element");
  const stripe = await loadStripe(form.dataset.stripe, form.dataset.key);
  const elements = stripe.elements({ ...options, appearance: appearance(), locale: document.documentElement.lang });
  const element = elements.create("payment");
  place.replaceChildren();
  element.mount(place);
  await new Promise((resolve, reject) => {
    element.on("ready", resolve);
    element.on("loaderror", () => reject(new Error(text("unloaded"))));
  });
  place.removeAttribute("aria-busy");
  return { stripe, elements };
}

// Confirms a payment; answers the error to show, or goes on to the confirmation.
export async function confirm({ stripe, elements }, clientSecret, doneAddress) {
  const { error } = await stripe.confirmPayment({
    elements,
    clientSecret,
    confirmParams: { return_url: new URL(doneAddress, location.href).href },
    redirect: "if_required",
  });
  if (error) return error;
  // As Stripe has it when it leads back by itself: the order may not know of its payment yet.
  location.assign(`${doneAddress}?redirect_status=succeeded`);
  return new Promise(() => {});
}
