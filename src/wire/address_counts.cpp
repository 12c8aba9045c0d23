#include "wire/address_counts.hpp"

#include <utility>

namespace netplay_relay::wire {

namespace {

constexpr int whole = 128;

template <class Act>
void for_each(Counted what, const Address& address, const Act& act)
{
    const Address prefix = client_prefix(address);
    act(std::pair(what, Network{prefix, whole}));
    for (const WiderNetwork& wider : wider_networks(prefix))
        act(std::pair(what, wider.network));
}

} // namespace

void AddressCounts::add(Counted what, const Address& address)
{
    for_each(what, address, [this](const auto& key) { ++counts_[key]; });
}

void AddressCounts::remove(Counted what, const Address& address)
{
    for_each(what, address, [this](const auto& key) {
        const auto found = counts_.find(key);
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
    });
}

std::size_t AddressCounts::of(Counted what, const Address& address) const
{
    return around(what, {client_prefix(address), whole});
}

std::size_t AddressCounts::around(Counted what, const Network& network) const
{
    const auto found = counts_.find({what, network});
    return found == counts_.end() ? 0 : found->second;
}

CountedOpening::CountedOpening(AddressCounts* counts, Counted what, const Address& address)
    : counts_(counts), what_(what), address_(address)
{
    if (counts_ != nullptr) counts_->add(what_, address_);
}

CountedOpening::CountedOpening(CountedOpening&& other) noexcept
    : counts_(std::exchange(other.counts_, nullptr)), what_(other.what_), address_(other.address_)
{
}

CountedOpening& CountedOpening::operator=(CountedOpening&& other) noexcept
{
    std::swap(counts_, other.counts_);
    std::swap(what_, other.what_);
    std::swap(address_, other.address_);
    return *this;
}

CountedOpening::~CountedOpening()
{
    if (counts_ != nullptr) counts_->remove(what_, address_);
}

} // namespace netplay_relay::wire
