// Paying an order that was placed: after a decline, a reload, or later from the account.
import { confirm, mountCard } from "./card.js";
import { countDown } from "./countdown.js";
import { sayer } from "../saying.js";
import { text } from "../texts.js";

const form = document.getElementById("pay");
const say = sayer(form);
const { done, secret } = form.dataset;
let card = null;

async function pay(event) {
  event.preventDefault();
  if (form.getAttribute("aria-busy")) return;
  say.clear();
  say.busy("paying");
  const submitted = await card.elements.submit();
  const error = submitted.error ?? (await confirm(card, secret, done));
  // The order moved on while somebody typed: it was paid elsewhere, or its time is over.
  if (error.code === "payment_intent_unexpected_state") return location.reload();
  say.problem(error.message ?? text("failed"));
  say.ready(text("again"));
}

countDown(document.getElementById("deadline"));
form.addEventListener("submit", pay);
try {
  card = await mountCard(form, { clientSecret: secret });
  say.ready();
} catch (error) {
  say.problem(error.message);
}
