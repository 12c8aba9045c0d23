// A sorted set of small values in blocks: many more of them than a tree would have in the same
// memory, and nobody's address is kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace netplay_relay {

template <class T>
class SortedBlocks
{
public:
    // At most so many in a block: one that is full is divided, unless it is the last and the new
    // value comes behind all, as with most deadlines.
    static constexpr std::size_t block_max = 64;

    // False if it is there already.
    bool insert(const T& value)
    {
        if (blocks_.empty()) blocks_.emplace_back();
        auto block = block_of(value);
        if (block == blocks_.end()) --block;
        auto at = std::ranges::lower_bound(*block, value);
        if (at != block->end() && *at == value) return false;
        if (block->size() == block_max) {
            const bool is_last = at == block->end() && std::next(block) == blocks_.end();
            const auto half = is_last ? block->end() : block->begin() + block_max / 2;
            const bool is_behind = at - half >= 0;
            const auto offset = is_behind ? at - half : at - block->begin();
            block = divide(block, half);
            if (is_behind) ++block;
            at = block->begin() + offset;
        }
        block->insert(at, value);
        ++size_;
        return true;
    }

    // False if it is not there.
    bool erase(const T& value)
    {
        const auto block = block_of(value);
        if (block == blocks_.end()) return false;
        const auto at = std::ranges::lower_bound(*block, value);
        if (at == block->end() || *at != value) return false;
        block->erase(at);
        --size_;
        if (blocks_.size() > 1 && block->size() < block_max / 4) join_with_next(block);
        return true;
    }

    [[nodiscard]] bool contains(const T& value) const
    {
        const auto block = block_of(value);
        return block != blocks_.end() && std::ranges::binary_search(*block, value);
    }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    // Precondition: not empty.
    [[nodiscard]] const T& front() const { return blocks_.front().front(); }

    // Through all of them in order, while none comes or goes.
    class Iterator
    {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Iterator(const SortedBlocks* of, std::size_t block) : of_(of), block_(block) {}
        const T& operator*() const { return of_->blocks_[block_][at_]; }
        Iterator& operator++()
        {
            if (++at_ == of_->blocks_[block_].size()) {
                ++block_;
                at_ = 0;
            }
            return *this;
        }
        Iterator operator++(int) { return std::exchange(*this, ++Iterator(*this)); }
        bool operator==(const Iterator&) const = default;

    private:
        const SortedBlocks* of_ = nullptr;
        std::size_t block_ = 0;
        std::size_t at_ = 0;
    };
    [[nodiscard]] Iterator begin() const { return Iterator(this, 0); }
    [[nodiscard]] Iterator end() const { return Iterator(this, empty() ? 0 : blocks_.size()); }

private:
    using Block = std::vector<T>; // never empty, unless it is the only one

    // The first that may have it; the end if all are before it.
    template <class Blocks>
    [[nodiscard]] static auto find_block(Blocks& blocks, const T& value)
    {
        return std::ranges::partition_point(
            blocks, [&](const Block& block) { return block.empty() || block.back() < value; });
    }
    [[nodiscard]] auto block_of(const T& value) { return find_block(blocks_, value); }
    [[nodiscard]] auto block_of(const T& value) const { return find_block(blocks_, value); }

    // The rest of it, from `half` on, is a block of its own, behind what is returned.
    typename std::vector<Block>::iterator divide(typename std::vector<Block>::iterator block,
                                                 typename Block::iterator half)
    {
        Block rest;
        rest.reserve(block_max);
        rest.assign(half, block->end());
        block->erase(half, block->end());
        return std::prev(blocks_.insert(std::next(block), std::move(rest)));
    }

    // Where both fit into half a block, or it is empty.
    void join_with_next(typename std::vector<Block>::iterator block)
    {
        if (block->empty()) {
            blocks_.erase(block);
            return;
        }
        auto next = std::next(block);
        if (next == blocks_.end()) next = std::exchange(block, std::prev(block));
        if (block->size() + next->size() > block_max / 2) return;
        block->insert(block->end(), next->begin(), next->end());
        blocks_.erase(next);
    }

    std::vector<Block> blocks_;
    std::size_t size_ = 0;
};

} // namespace netplay_relay
