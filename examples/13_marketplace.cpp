// Bill buys ItemM from Frank for 97 (row 3.5), step by step; then what is refused.
//   13_marketplace [url of a Redis server]     in memory without one
#include <booking/marketplace.hpp>
#include <booking/memory_market_store.hpp>
#include <booking/redis_market.hpp>
#include <iostream>
#include <string>

namespace {

using booking::Marketplace;

const booking::UserId frank = 17;
const booking::UserId bill = 27;

void show(const Marketplace& market) {
  for (const booking::UserId& user : {frank, bill}) {
    const auto account = market.account(user).value().value();
    std::cout << "  " << account.name << " has " << account.funds << " and";
    const auto held = market.items(user).value();
    for (const booking::ItemId& item : held.items) std::cout << " " << to_string(item);
    std::cout << "\n";
  }
  const auto page = market.browse().value();
  for (const booking::Listing& offer : page.items) {
    std::cout << "  " << to_string(offer.item) << " is offered for " << offer.price << "\n";
  }
}

void say(const char* what, const booking::Result<booking::MarketReceipt>& result) {
  std::cout << what << ": ";
  if (!result) {
    std::cout << result.error().message() << "\n";
  } else {
    std::cout << (result->replayed ? "done before" : "done") << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto store =
      argc > 1
          ? booking::redis_market_store({.server = {.url = argv[1]}, .prefix = "example:"}).value()
          : booking::memory_market_store();
  Marketplace market{store};
  market.put_account({.user = frank, .name = "Frank", .funds = 43}).value();
  market.put_account({.user = bill, .name = "Bill", .funds = 125}).value();
  for (const char* item : {"ItemL", "ItemM", "ItemN"}) {
    market.grant_item({.user = frank, .item = item}).value();
  }
  for (const char* item : {"ItemO", "ItemP", "ItemQ"}) {
    market.grant_item({.user = bill, .item = item}).value();
  }
  show(market);

  say("Frank offers ItemM", market.list_item({.item = "ItemM", .seller = frank, .price = 97}));
  show(market);

  booking::PurchaseRequest purchase{.buyer = bill, .item = "ItemM", .seller = frank, .price = 90};
  say("Bill buys it for 90", market.purchase_item(purchase));
  // The op names this one purchase: should its answer be lost, asking again with it is safe.
  purchase.price = 97;
  purchase.op = booking::OpId::generate();
  say("Bill buys it for 97", market.purchase_item(purchase));
  purchase.again = true;
  say("Bill asks again", market.purchase_item(purchase));
  show(market);

  say("Frank offers ItemL", market.list_item({.item = "ItemL", .seller = frank, .price = 29}));
  say("Bill buys it",
      market.purchase_item({.buyer = bill, .item = "ItemL", .seller = frank, .price = 29}));
}
