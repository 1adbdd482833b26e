// The payment step: places the order once, however often it is tried, and pays it.
import { confirm, mountCard } from "./card.js";
import { countDown } from "./countdown.js";
import { request, Refused, Unreachable } from "../http.js";
import { sayer } from "../saying.js";
import { text } from "../texts.js";

const form = document.getElementById("checkout");
const say = sayer(form);
const { api, shop, csrf } = form.dataset;
let card = null;
let placed = null;

const summary = () => document.getElementById("summary");
const byCard = () => form.elements.payment_method.value === "stripe";
const orderPath = (order) => `${shop}/account/orders/${order.id}`;

function wanted() {
  const { session, shipping, billing, method } = form.dataset;
  const notes = form.elements.notes.value.trim();
  return {
    session_id: session,
    shipping_address_id: Number(shipping),
    billing_address_id: Number(billing),
    shipping_method: method,
    payment_method: form.elements.payment_method.value,
    expected_total: summary().dataset.total,
    ...(notes && { customer_notes: notes }),
  };
}

// The order of this cart. Asking again is safe: the server knows a cart that it has placed.
async function place() {
  let answer = await request("POST", `${api}/orders`, { csrf, body: wanted(), onBusy: () => say.busy("crowded") });
  while (answer.status === 202) {
    say.busy("slow");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    answer = await request("GET", answer.location, {});
  }
  return { ...answer.body, answeredAt: answer.at };
}

// The page's own quote, as the server sees it now.
async function refreshSummary() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected) return location.assign(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  summary().replaceWith(document.importNode(page.getElementById("summary"), true));
  card?.elements.update({ amount: Number(summary().dataset.amount) });
}

async function explain(error) {
  if (error instanceof Unreachable) return say.problem(text("offline"));
  if (!(error instanceof Refused)) throw error;
  const { code, message } = error.problem;
  if (code === "cart_changed") {
    const old = summary().dataset.shown;
    await refreshSummary();
    const now = summary().dataset.shown;
    return say.problem(old === now ? message : text("changed", { old, new: now }));
  }
  if (code === "cart_empty" || code === "cart_not_found" || code === "idempotency_key_reused") {
    return say.problem(text("elsewhere"), [[text("orders"), `${shop}/account/orders`]]);
  }
  if (code === "insufficient_stock" || code === "product_unavailable") {
    return say.problem(message, [[text("cart"), `${shop}/cart`]]);
  }
  if (error.status === 401 || error.status === 403) {
    const next = encodeURIComponent(`/checkout/payment${location.search}`);
    return say.problem(text("signin"), [[text("signin_link"), `${shop}/login?next=${next}`]]);
  }
  return say.problem(message ?? text("failed"));
}

async function buy() {
  if (byCard()) {
    const { error } = await card.elements.submit();
    if (error) return say.problem(error.message);
  }
  placed ??= await place();
  const done = `${shop}/checkout/done/${placed.id}`;
  if (placed.payment?.client_secret == null) return location.assign(done);
  // From here on a reload, or coming back, pays this order.
  if (!location.pathname.endsWith("/pay")) showPlaced();
  say.busy("paying");
  const error = await confirm(card, placed.payment.client_secret, done);
  if (error.code === "payment_intent_unexpected_state") return location.reload();
  // The choice is made: the order exists, and is paid the way it was ordered.
  for (const choice of form.querySelectorAll("[name=payment_method], [name=notes]")) choice.disabled = true;
  say.problem(error.message ?? text("failed"));
}

// The order exists and holds its goods: nothing on the page leads back before it any more.
function showPlaced() {
  history.replaceState(null, "", `${orderPath(placed)}/pay`);
  for (const link of document.querySelectorAll(".steps a")) link.replaceWith(...link.childNodes);
  document.querySelector(".cart-link .count")?.remove();
  const back = form.querySelector(".buttons a");
  back.href = orderPath(placed);
  back.textContent = text("view");
  if (!placed.payment.expires_at) return;
  const deadline = document.createElement("p");
  deadline.className = "deadline";
  deadline.dataset.left = (Date.parse(placed.payment.expires_at) - placed.answeredAt) / 1000;
  deadline.textContent = text("number", { number: placed.order_number });
  summary().prepend(deadline);
  countDown(deadline);
}

async function submit(event) {
  event.preventDefault();
  if (form.getAttribute("aria-busy")) return;
  say.clear();
  say.busy("placing");
  try {
    await buy();
  } catch (error) {
    await explain(error);
  } finally {
    say.ready(placed ? text("again") : undefined);
  }
}

async function showChosen() {
  const stripe = form.querySelector("#by-stripe");
  const byHand = form.querySelector("#by-hand");
  if (stripe) stripe.hidden = !byCard();
  if (byHand) byHand.hidden = byCard();
  if (!byCard()) return say.ready();
  if (card) return say.ready();
  const { amount, currency } = summary().dataset;
  const captureMethod = form.dataset.capture;
  try {
    card = await mountCard(form, {
      mode: "payment",
      amount: Number(amount),
      currency,
      ...(captureMethod && { captureMethod }),
    });
    if (byCard()) say.ready();
  } catch (error) {
    say.problem(error.message);
  }
}

form.addEventListener("submit", submit);
form.addEventListener("change", (event) => {
  if (event.target.name === "payment_method") showChosen();
});
await showChosen();
