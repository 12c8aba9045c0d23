#include "net/asio_set.hpp"

#include <boost/asio/detail/epoll_reactor.hpp>

namespace netplay_relay::net {

// Asio hands its set to nobody. An explicit instantiation may name what is private (C++20,
// [temp.spec.general]); an Asio that calls it something else does not compile.
namespace reach {

using Reactor = boost::asio::detail::epoll_reactor;

int set_of(const Reactor& reactor);

template <int Reactor::*set>
struct Reach
{
    friend int set_of(const Reactor& reactor) { return reactor.*set; }
};
template struct Reach<&Reactor::epoll_fd_>;

} // namespace reach

int asio_set_of(boost::asio::io_context& io)
{
    return reach::set_of(boost::asio::use_service<reach::Reactor>(io));
}

} // namespace netplay_relay::net
