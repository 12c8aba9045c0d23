// What the thread that tells others consists of: its event loop, the webhooks and the lobby.
#pragma once

#include "outward/lobby_announcer.hpp"
#include "outward/mailbox.hpp"
#include "outward/webhook.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace netplay_relay::outward {

class Office
{
public:
    // `mailbox` outlives it.
    explicit Office(Mailbox& mailbox);
    ~Office();
    Office(Office&&) = delete;

    // Until the mailbox says that it ends, or that it finishes and all is told.
    void run() { io_.run(); }

private:
    void wait_for_mail();
    void take(Mailbox::Mail mail);
    void adopt(Settings settings);
    void begin(config::WebhookSettings settings);
    void hand_out(const News& news);
    // To the webhook that has waited for it in the process before, if there is one yet.
    void restore(const News& news);
    void hold();
    void go_on();
    void tell_waiting();
    void begin_announcing();
    void finish();

    void offer(const Event& event, bool to_doors_only);
    // Which door a session or room came by: one event of it tells, for a room not the first.
    void learn(const Event& event);
    void forget_doors();
    [[nodiscard]] bool concerns(const config::WebhookSettings& hook, const Event& event) const;

    Mailbox& mailbox_;
    boost::asio::io_context io_;
    boost::asio::posix::stream_descriptor wake_;
    Trust trust_;
    std::string reach_;
    std::string origin_;
    std::list<std::unique_ptr<Webhook>> hooks_; // those that end are among them until they have
    std::list<Webhook*> current_;
    LobbyAnnouncer lobby_;
    bool lobby_runs_ = false;
    bool has_doors_ = false;                      // a webhook is of one door only
    std::map<std::string, wire::Endpoint> doors_; // by session, or room
    std::map<std::string, Event> rooms_opened_;   // until their door is known
    std::uint64_t news_lost_ = 0;
    bool is_held_ = false;
    bool finishes_ = false;
};

} // namespace netplay_relay::outward
